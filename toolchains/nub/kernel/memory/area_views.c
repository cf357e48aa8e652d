/*
 * Asking for areas, without changing them.
 */
#include <memory/area_tree.h>

bool areas_rights(uintptr_t address, unsigned *rights)
{
    const struct area *area = area_around(address);

    if (area)
        *rights = area->rights;
    return area;
}

bool areas_bounds(uintptr_t address, uintptr_t *start, uintptr_t *end)
{
    const struct area *area = area_around(address);

    if (!area || area->image)
        return false;
    *start = area->start;
    *end = area->end;
    return true;
}

uintptr_t area_usable_end(const struct area *area)
{
    uint64_t size;

    if (!area->backing)
        return area->end;
    size = ROUND_UP(area->backing->kind->size(area->backing), (uint64_t)PAGE_SIZE);
    if (size <= area->offset)
        return area->start;
    return area->start + smaller(size - area->offset, area->end - area->start);
}

uintptr_t area_usable_from(const struct area *area, uintptr_t from, uintptr_t to)
{
    uintptr_t end = smaller(area_usable_end(area), to), at = ROUND_DOWN(from, PAGE_SIZE);

    if (!backing_is_foreign(area->backing))
        return larger(end, from);
    while (at < end && tables_page(at) != NO_PAGE)
        at += PAGE_SIZE;
    return larger(smaller(at, end), from);
}

bool areas_beyond(uintptr_t address)
{
    const struct area *area = area_around(address);

    return area && area->rights && area_usable_from(area, address, address + 1) == address;
}

size_t areas_extent(uintptr_t start, size_t size)
{
    uintptr_t at = start;
    const struct area *area;

    while (at - start < size && (area = area_around(at)))
        at = area->end;
    return smaller(at - start, size);
}

bool areas_covered(uintptr_t start, size_t size)
{
    return areas_extent(start, size) == size;
}

bool areas_may_write(const struct backing *backing)
{
    for (struct area *area = area_at(0); !area_is_last(area); area = area->next)
        if (area->backing == backing && area->shared && area->most_rights & MAY_WRITE)
            return true;
    return false;
}

bool areas_in_image(uintptr_t start, size_t size)
{
    const struct area *area = area_at(start);

    return area->image && area->start < start + size;
}

static struct area_view view_of(const struct area *area)
{
    return (struct area_view){ area->start, area->end, area_mapping(area, area->start), area->image };
}

bool areas_view(uintptr_t address, struct area_view *view)
{
    const struct area *area = area_around(address);

    if (area)
        *view = view_of(area);
    return area;
}

bool areas_view_from(uintptr_t address, struct area_view *view)
{
    const struct area *area = area_at(address);

    if (!area_is_last(area))
        *view = view_of(area);
    return !area_is_last(area);
}

void areas_each(void (*tell)(const struct area_view *view, void *context), void *context)
{
    for (const struct area *area = area_at(0); !area_is_last(area); area = area->next) {
        struct area_view view = view_of(area);

        tell(&view, context);
    }
}
