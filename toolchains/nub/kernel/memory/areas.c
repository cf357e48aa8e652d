/*
 * The list of areas, sorted by address, neighbours with the same rights
 * joined. An area's pages get memory when they are first touched, or at once
 * (areas_populate).
 */
#include <memory/areas.h>

struct area {
    uintptr_t start, end;
    unsigned rights;
    struct area *next, *previous;
};

/* The ends of the list stand outside the arena, so that none is special. */
static struct area last, first = { .next = &last };
static struct pool pool = { .object_size = sizeof(struct area) };

void areas_start(uintptr_t memory_end)
{
    uintptr_t start = larger(ARENA_LOWEST, ROUND_UP(memory_end, LARGE_PAGE_SIZE));

    first = (struct area){ .end = start, .next = &last };
    last = (struct area){ .start = ARENA_END, .end = ARENA_END, .previous = &first };
}

uintptr_t arena_start(void)
{
    return first.end;
}

bool areas_inside(uintptr_t start, size_t size)
{
    return start >= first.end && start <= ARENA_END && size <= ARENA_END - start;
}

uintptr_t areas_place(size_t size)
{
    for (struct area *area = &last; area != &first; area = area->previous)
        if (area->start - area->previous->end >= size)
            return area->start - size;
    return 0;
}

/* The first area that ends behind the address. */
static struct area *area_at(uintptr_t address)
{
    struct area *area = first.next;

    while (area != &last && area->end <= address)
        area = area->next;
    return area;
}

bool areas_free(uintptr_t start, size_t size)
{
    return area_at(start)->start >= start + size;
}

bool areas_rights(uintptr_t address, unsigned *rights)
{
    struct area *area = area_at(address);

    if (area == &last || area->start > address)
        return false;
    *rights = area->rights;
    return true;
}

bool areas_bounds(uintptr_t address, uintptr_t *start, uintptr_t *end)
{
    struct area *area = area_at(address);

    if (area == &last || area->start > address)
        return false;
    *start = area->start;
    *end = area->end;
    return true;
}

bool areas_covered(uintptr_t start, size_t size)
{
    uintptr_t at = start, end = start + size;

    for (struct area *area = area_at(start); at < end; area = area->next) {
        if (area == &last || area->start > at)
            return false;
        at = area->end;
    }
    return true;
}

static struct area *insert_before(struct area *next, uintptr_t start, uintptr_t end,
                                  unsigned rights)
{
    struct area *area = pool_take(&pool);

    if (!area)
        return NULL;
    *area = (struct area){ start, end, rights, next, next->previous };
    next->previous->next = area;
    next->previous = area;
    return area;
}

static void remove(struct area *area)
{
    area->previous->next = area->next;
    area->next->previous = area->previous;
    pool_give(&pool, area);
}

/* Joins an area with the one behind it if nothing sets them apart. */
static void join(struct area *area)
{
    struct area *next = area->next;

    if (area == &first || next == &last || area->end != next->start
        || area->rights != next->rights)
        return;
    area->end = next->end;
    remove(next);
}

/* Makes an area begin at the address if one goes over it. */
static bool cut(uintptr_t address)
{
    struct area *area = area_at(address);

    if (area == &last || area->start >= address)
        return true;
    if (!insert_before(area, area->start, address, area->rights))
        return false;
    area->start = address;
    return true;
}

void areas_discard(uintptr_t start, size_t size)
{
    uintptr_t end = start + size;

    for (uintptr_t at = tables_next(start, end); at < end; at = tables_next(at + PAGE_SIZE, end)) {
        pfn page = tables_unmap(at);

        if (page != NO_PAGE)
            page_give(page);
    }
    tables_commit();
}

bool areas_unmap(uintptr_t start, size_t size)
{
    if (!cut(start) || !cut(start + size))
        return false;
    for (struct area *area = area_at(start), *next; area->start < start + size && area != &last;
         area = next) {
        next = area->next;
        remove(area);
    }
    areas_discard(start, size);
    return true;
}

bool areas_map(uintptr_t start, size_t size, unsigned rights)
{
    struct area *area;

    if (!areas_unmap(start, size))
        return false;
    area = insert_before(area_at(start), start, start + size, rights);
    if (!area)
        return false;
    join(area);
    join(area->previous);
    return true;
}

bool areas_protect(uintptr_t start, size_t size, unsigned rights)
{
    uintptr_t end = start + size;

    if (!cut(start) || !cut(end))
        return false;
    for (struct area *area = area_at(start); area != &last && area->start < end;
         area = area->next)
        area->rights = rights;
    for (struct area *area = area_at(start)->previous; area != &last && area->start <= end;) {
        struct area *next = area->next;

        join(area);
        if (area->next == next)
            area = next;
    }
    for (uintptr_t at = tables_next(start, end); at < end; at = tables_next(at + PAGE_SIZE, end))
        tables_protect(at, rights);
    tables_commit();
    return true;
}

static bool give_page(uintptr_t address, unsigned rights)
{
    pfn page = page_take();

    if (page == NO_PAGE)
        return false;
    if (tables_map(address, page, rights))
        return true;
    page_give(page);
    return false;
}

bool areas_populate(uintptr_t start, size_t size)
{
    bool done = true;

    for (uintptr_t at = start; done && at < start + size; at += PAGE_SIZE) {
        unsigned rights;

        if (areas_rights(at, &rights) && rights && tables_next(at, at + PAGE_SIZE) != at)
            done = give_page(at, rights);
    }
    tables_commit();
    return done;
}

bool areas_move(uintptr_t from, uintptr_t to, size_t size)
{
    uintptr_t end = from + size;
    unsigned rights;

    if (!areas_rights(to, &rights))
        return false;
    for (uintptr_t at = tables_next(from, end); at < end; at = tables_next(at + PAGE_SIZE, end)) {
        pfn page = tables_unmap(at);

        if (!tables_map(to + (at - from), page, rights))
            panic("out of memory: no page for a page table while moving a mapping");
    }
    tables_commit();
    return true;
}

enum fault areas_fault(uintptr_t address, unsigned access)
{
    unsigned rights;

    if (!areas_inside(address, 1) || !areas_rights(address, &rights) || (rights & access) != access)
        return FAULT_FORBIDDEN;
    address = ROUND_DOWN(address, PAGE_SIZE);
    /* If the page is there, the processor has remembered an old entry, and
     * repeating the access will do. */
    if (tables_next(address, address + PAGE_SIZE) != address && !give_page(address, rights))
        return FAULT_NO_MEMORY;
    tables_commit();
    return FAULT_RESOLVED;
}
