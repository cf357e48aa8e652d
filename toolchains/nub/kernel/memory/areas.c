/*
 * Making, splitting, joining and removing areas. Neighbours that nothing sets
 * apart are one area.
 */
#include <image.h>
#include <memory/area_tree.h>

static struct pool pool = { .object_size = sizeof(struct area) };
static uintptr_t lowest;

void areas_start(uintptr_t memory_end)
{
    lowest = larger(ARENA_LOWEST, ROUND_UP(memory_end, LARGE_PAGE_SIZE));
    area_tree_start(lowest);
}

uintptr_t arena_start(void)
{
    return lowest;
}

bool areas_inside(uintptr_t start, size_t size)
{
    return start >= lowest && start <= ARENA_END && size <= ARENA_END - start;
}

uintptr_t areas_place(size_t size)
{
    uintptr_t end = area_gap(size);

    return end ? end - size : 0;
}

bool areas_free(uintptr_t start, size_t size)
{
    return area_at(start)->start >= start + size;
}

struct mapping area_mapping(const struct area *area, uintptr_t from)
{
    return (struct mapping){
        area->backing, area->offset + (from - area->start), area->rights, area->most_rights, area->shared,
    };
}

static bool insert_before(struct area *next, uintptr_t start, uintptr_t end,
                          const struct mapping *mapping, bool image)
{
    struct area *area = pool_take(&pool);

    if (!area)
        return false;
    area->start = start;
    area->end = end;
    area->backing = mapping->backing;
    area->offset = mapping->offset;
    area->rights = mapping->rights;
    area->most_rights = mapping->most_rights;
    area->shared = mapping->shared;
    area->image = image;
    area->run_start = area->run_end = 0;
    backing_hold(area->backing);
    area_insert(area, next);
    return true;
}

static void remove(struct area *area)
{
    struct backing *backing = area->backing;

    area_remove(area);
    pool_give(&pool, area);
    backing_release(backing);
}

static bool continues(const struct area *area, const struct area *next)
{
    return area->end == next->start && area->rights == next->rights
        && area->most_rights == next->most_rights && area->shared == next->shared
        && area->image == next->image && area->backing == next->backing
        && (!area->backing || area->offset + (area->end - area->start) == next->offset);
}

/* Joins an area with the one behind it if nothing sets them apart. */
static bool join(struct area *area)
{
    struct area *next = area->next;
    uintptr_t end = next->end;

    if (area_is_first(area) || area_is_last(next) || !continues(area, next))
        return false;
    remove(next);
    area->end = end;
    area_moved(area);
    return true;
}

static void join_all(uintptr_t start, uintptr_t end)
{
    struct area *area = area_at(start)->previous;

    if (area_is_first(area))
        area = area->next;
    while (!area_is_last(area) && area->start <= end)
        if (!join(area))
            area = area->next;
}

/* Makes an area begin at the address if one goes over it. */
static bool cut(uintptr_t address)
{
    struct area *area = area_around(address);
    struct mapping lower;

    if (!area || area->start == address)
        return true;
    lower = area_mapping(area, area->start);
    area->offset += address - area->start;
    area->start = address;
    /* The new one goes before it, where it has just made room. */
    if (insert_before(area, address - (area->offset - lower.offset), address, &lower, area->image))
        return true;
    area->start -= area->offset - lower.offset;
    area->offset = lower.offset;
    return false;
}

void areas_discard(uintptr_t start, size_t size)
{
    uintptr_t end = start + size;

    for (uintptr_t at = tables_next(start, end); at < end; at = tables_next(at + PAGE_SIZE, end))
        page_release(tables_unmap(at));
    tables_commit();
}

bool areas_unmap(uintptr_t start, size_t size)
{
    uintptr_t end = start + size;

    if (areas_free(start, size))
        return true;
    if (!cut(start) || !cut(end))
        return false;
    for (struct area *area = area_at(start); area->start < end; area = area->next)
        if (backing_is_foreign(area->backing))
            area->backing->kind->leave(area->backing, area->offset, area->start, area->end - area->start);
    areas_discard(start, size);
    for (struct area *area = area_at(start), *next; area->start < end; area = next) {
        next = area->next;
        remove(area);
    }
    return true;
}

bool areas_map_as(uintptr_t start, size_t size, const struct mapping *mapping)
{
    if (!areas_unmap(start, size) || !insert_before(area_at(start), start, start + size, mapping, false))
        return false;
    join_all(start, start + size);
    return true;
}

bool areas_map(uintptr_t start, size_t size, unsigned rights)
{
    const struct mapping mapping = { .rights = rights, .most_rights = MAY_READ | MAY_WRITE | MAY_EXECUTE };

    return areas_map_as(start, size, &mapping);
}

/* A page that a file has, too, stays unwritable where writes are private. */
static void protect_pages(const struct area *area)
{
    bool copies = area->backing && !area->shared;

    if (backing_is_foreign(area->backing)) {
        area->backing->kind->protect(area->backing, area->offset, area->start, area->end - area->start,
                                     area->rights);
        return;
    }
    for (uintptr_t at = tables_next(area->start, area->end); at < area->end;
         at = tables_next(at + PAGE_SIZE, area->end)) {
        if (copies && page_is_shared(tables_page(at)))
            tables_protect(at, rights_unwritable(area->rights));
        else
            tables_protect(at, area->rights);
    }
}

bool areas_protect(uintptr_t start, size_t size, unsigned rights)
{
    uintptr_t end = start + size;
    const struct area *whole = area_around(start);

    if (whole && whole->end >= end && whole->rights == rights)
        return true;
    if (!cut(start) || !cut(end))
        return false;
    for (struct area *area = area_at(start); area->start < end; area = area->next) {
        if (area->rights == rights || !area->most_rights)
            continue;
        area->rights = rights;
        protect_pages(area);
    }
    tables_commit();
    join_all(start, end);
    return true;
}

bool areas_move(uintptr_t from, size_t size, uintptr_t to, size_t new_size, bool leave)
{
    struct mapping mapping = area_mapping(area_around(from), from);
    uintptr_t end = from + size;

    if (!areas_map_as(to, new_size, &mapping))
        return false;
    if (!tables_prepare(to, size)) {
        areas_unmap(to, new_size);
        return false;
    }
    if (backing_is_foreign(mapping.backing))
        mapping.backing->kind->move(mapping.backing, mapping.offset, from, to, size, mapping.rights);
    for (uintptr_t at = tables_next(from, end); at < end; at = tables_next(at + PAGE_SIZE, end)) {
        unsigned rights = tables_rights(at);

        tables_map(to + (at - from), tables_unmap(at), rights);
    }
    tables_commit();
    return leave || areas_unmap(from, size);
}

void areas_lose(const struct backing *backing, uint64_t offset, uint64_t size)
{
    if (!backing->users)
        return;
    for (struct area *area = area_at(0); !area_is_last(area); area = area->next) {
        uint64_t from = larger(offset, area->offset);
        uint64_t to = smaller(offset + size, area->offset + (area->end - area->start));

        if (area->backing == backing && from < to)
            areas_discard(area->start + (from - area->offset), to - from);
    }
}

/* Pages that are less writable than their section are Xen's to keep so: no
 * rights are ever right for them. */
void areas_add_image(uintptr_t image_end)
{
    uintptr_t start = (uintptr_t)__nub_rodata_start;

    while (start < image_end) {
        unsigned rights = tables_rights(start);
        bool data = start >= (uintptr_t)__nub_data_start && start < (uintptr_t)__nub_data_end;
        struct mapping mapping = { .rights = rights, .most_rights = MAY_READ | MAY_WRITE | MAY_EXECUTE };
        uintptr_t end = start + PAGE_SIZE;

        while (end < image_end && tables_rights(end) == rights && end != (uintptr_t)__nub_data_end)
            end += PAGE_SIZE;
        if (data && !(rights & MAY_WRITE))
            mapping.most_rights = 0;
        if (!insert_before(area_at(start), start, end, &mapping, true))
            panic("out of memory: no record of the image");
        start = end;
    }
}
