/*
 * All areas, sorted by address: a list of neighbours that is a balanced tree,
 * too, in which areas and the gaps between them are found quickly.
 */
#ifndef MEMORY_AREA_TREE_H
#define MEMORY_AREA_TREE_H

#include <memory/areas.h>

struct area {
    uintptr_t start, end;
    struct backing *backing; /* NULL: pages are empty at first, and private */
    uint64_t offset;         /* in the backing, of the area's start */
    uint8_t rights, most_rights;
    bool shared; /* writes go to the backing */
    bool image;  /* part of the loaded image, at its own addresses */

    /* The pages that the last fault brought; see faults.c. */
    uintptr_t run_start, run_end;

    struct area *next, *previous;
    struct area *parent, *left, *right;
    uintptr_t gap, largest_gap; /* before this one; before any in its subtree */
    uint32_t priority;          /* no smaller than its children's */
};

/* How it is mapped, from an address on (areas.c). */
struct mapping area_mapping(const struct area *area, uintptr_t from);

/* Up to where it has pages: not behind the end of its file (area_views.c). */
uintptr_t area_usable_end(const struct area *area);

/* From an address in it up to another: how far there are pages, or will be when they are
 * touched. */
uintptr_t area_usable_from(const struct area *area, uintptr_t from, uintptr_t to);

void area_tree_start(uintptr_t arena_start);

/* The first area that ends behind the address. Behind all is one that begins
 * and ends at the arena's end. */
struct area *area_at(uintptr_t address);

/* What area_at() has found last: most calls ask for the same again. */
extern struct area *area_recent;

bool area_is_last(const struct area *area);

/* The area that an address is in, or NULL. */
static inline struct area *area_around(uintptr_t address)
{
    struct area *area = area_recent;

    if (address - area->start >= area->end - area->start)
        area = area_at(address);
    return address - area->start < area->end - area->start ? area : NULL;
}

bool area_is_first(const struct area *area); /* what is before all */

/* A new area with its bounds set becomes the neighbour before another. */
void area_insert(struct area *area, struct area *next);
void area_remove(struct area *area);

/* The bounds of an area have changed, in between its neighbours. */
void area_moved(struct area *area);

/* The end of the highest gap of the arena that has that size, or 0. */
uintptr_t area_gap(size_t size);

#endif
