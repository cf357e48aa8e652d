/*
 * Bringing pages in: when they are touched, or ahead of that.
 *
 * A fault costs more than a page, so whoever goes through an area from page to
 * page, in either direction, is given more and more at a time; who does not,
 * gets no memory that he has not asked for.
 */
#include <memory/area_tree.h>

#define MOST_AT_ONCE 16UL

/* No more than one page at a time when less than this part of all is left. */
#define PLENTY_PART 8

static bool may_write_privately(const struct area *area)
{
    return area->backing && !area->shared && area->rights & MAY_WRITE;
}

static pfn copy_of(pfn page)
{
    pfn copy = page_take_dirty();

    if (copy != NO_PAGE)
        memcpy(page_address(copy), page_address(page), PAGE_SIZE);
    return copy;
}

/* The page for an address, which is the caller's: an empty one, or what the
 * backing has there, or a copy of that when it will be written privately. */
static enum fault find_page(const struct area *area, uintptr_t address, unsigned access, pfn *page)
{
    enum fault result;
    pfn copy;

    if (!area->backing) {
        *page = page_take();
        return *page == NO_PAGE ? FAULT_NO_MEMORY : FAULT_RESOLVED;
    }
    result = area->backing->kind->page(area->backing, area->offset + (address - area->start), page);
    if (result != FAULT_RESOLVED || access != MAY_WRITE || !may_write_privately(area)
        || !page_is_shared(*page))
        return result;
    copy = copy_of(*page);
    page_release(*page);
    *page = copy;
    return copy == NO_PAGE ? FAULT_NO_MEMORY : FAULT_RESOLVED;
}

static enum fault bring(const struct area *area, uintptr_t address, unsigned access)
{
    unsigned rights = area->rights;
    pfn page;
    enum fault result = find_page(area, address, access, &page);

    if (result != FAULT_RESOLVED)
        return result;
    if (may_write_privately(area) && page_is_shared(page))
        rights = rights_unwritable(rights);
    if (tables_map(address, page, rights))
        return FAULT_RESOLVED;
    page_release(page);
    return FAULT_NO_MEMORY;
}

static bool is_plenty(void)
{
    return pages_unused() > pages_total() / PLENTY_PART;
}

/* Chooses what to bring, around the page that must come. */
static void choose_run(struct area *area, uintptr_t address)
{
    size_t size = area->run_end - area->run_start;
    bool up = address == area->run_end, down = address + PAGE_SIZE == area->run_start;

    size = (up || down) && is_plenty() ? smaller(size * 4, MOST_AT_ONCE * PAGE_SIZE) : PAGE_SIZE;
    area->run_start = address;
    area->run_end = address + PAGE_SIZE;
    if (up)
        area->run_end = address + smaller(size, area->end - address);
    else if (down)
        area->run_start -= smaller(size - PAGE_SIZE, address - area->start);
}

/* Only the page itself must succeed. That it is there cannot be seen yet: Xen
 * is told of all changes in the end. */
static enum fault bring_run(struct area *area, uintptr_t address, unsigned access)
{
    enum fault result;

    choose_run(area, address);
    result = bring(area, address, access);
    if (result != FAULT_RESOLVED)
        return result;
    for (uintptr_t at = area->run_start; at < area->run_end; at += PAGE_SIZE)
        if (at != address && tables_page(at) == NO_PAGE && bring(area, at, access) != FAULT_RESOLVED)
            break;
    return FAULT_RESOLVED;
}

/* A page that is there, but is written to for the first time since it came
 * from a backing, or by whoever is left alone with it. */
static enum fault make_writable(const struct area *area, uintptr_t address, pfn page)
{
    pfn copy;

    if (!may_write_privately(area) || !page_is_shared(page)) {
        tables_protect(address, area->rights);
        return FAULT_RESOLVED;
    }
    copy = copy_of(page);
    if (copy == NO_PAGE)
        return FAULT_NO_MEMORY;
    tables_map(address, copy, area->rights); /* the table is there */
    page_release(page);
    return FAULT_RESOLVED;
}

enum fault areas_fault(uintptr_t address, unsigned access)
{
    struct area *area = area_around(address);
    enum fault result = FAULT_RESOLVED;
    pfn page;

    if (!area || !rights_allow(area->rights, access))
        return FAULT_FORBIDDEN;
    address = ROUND_DOWN(address, PAGE_SIZE);
    page = tables_page(address);
    /* If the page is there with the right to do it, the processor has
     * remembered an old entry, and repeating the access will do. */
    if (page == NO_PAGE)
        result = bring_run(area, address, access);
    else if (access == MAY_WRITE && !(tables_rights(address) & MAY_WRITE))
        result = page == FOREIGN_PAGE ? FAULT_FORBIDDEN : make_writable(area, address, page);
    tables_commit();
    return result;
}

/* A file that ends before its area does not count. */
bool areas_populate(uintptr_t start, size_t size)
{
    uintptr_t end = start + size;
    enum fault result = FAULT_RESOLVED;

    for (struct area *area = area_at(start); area->start < end && result != FAULT_NO_MEMORY;
         area = area->next) {
        uintptr_t to = smaller(area->end, end);

        for (uintptr_t at = larger(start, area->start); area->rights && at < to; at += PAGE_SIZE) {
            if (tables_page(at) != NO_PAGE)
                continue;
            result = bring(area, at, area->rights & MAY_WRITE ? MAY_WRITE : MAY_READ);
            if (result != FAULT_RESOLVED)
                break;
        }
    }
    tables_commit();
    return result != FAULT_NO_MEMORY;
}
