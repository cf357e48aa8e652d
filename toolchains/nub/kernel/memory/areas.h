/*
 * Areas: the ranges of addresses that a program has mapped, the kernel's record
 * behind mmap and brk. Most are in the arena; those of the loaded image are
 * below it, at their own addresses, and always there.
 */
#ifndef MEMORY_AREAS_H
#define MEMORY_AREAS_H

#include <memory/backing.h>
#include <memory/tables.h>

/* Sets the arena up behind the memory that ends at a given address. */
void areas_start(uintptr_t memory_end);

/* Makes areas of the image, whose pages have got their rights. */
void areas_add_image(uintptr_t image_end);

uintptr_t arena_start(void);

/* The highest free place of that many bytes, or 0. */
uintptr_t areas_place(size_t size);

/* Is the whole range inside the arena, and is nothing mapped in it? */
bool areas_inside(uintptr_t start, size_t size);
bool areas_free(uintptr_t start, size_t size);

/* Is any of the range part of the image? */
bool areas_in_image(uintptr_t start, size_t size);

/* How an area is mapped. Without a backing its pages are empty at first. */
struct mapping {
    struct backing *backing;
    uint64_t offset;
    unsigned rights, most_rights; /* now, and what they may become */
    bool shared;                  /* writes go to the backing */
};

/* These take whole pages. The bool ones fail for want of memory only. */
bool areas_map(uintptr_t start, size_t size, unsigned rights);
bool areas_map_as(uintptr_t start, size_t size, const struct mapping *mapping);
bool areas_unmap(uintptr_t start, size_t size);
bool areas_protect(uintptr_t start, size_t size, unsigned rights);

/* How many bytes from the start are mapped without a hole. */
size_t areas_extent(uintptr_t start, size_t size);

/* Is every page of the range mapped? */
bool areas_covered(uintptr_t start, size_t size);

/* On x86, what may be used at all can be read. */
static inline bool rights_allow(unsigned rights, unsigned access)
{
    return access == MAY_READ ? rights : rights & access;
}

/* The rights of the area at an address; false when there is none. */
bool areas_rights(uintptr_t address, unsigned *rights);

/* The ends of the area at an address; false when there is none in the arena. */
bool areas_bounds(uintptr_t address, uintptr_t *start, uintptr_t *end);

/* Is it in an area, but behind the end of the file that is mapped there, or where no
 * foreign frame is? */
bool areas_beyond(uintptr_t address);

/* What is known of one area. */
struct area_view {
    uintptr_t start, end;
    struct mapping mapping; /* as of its start */
    bool image;
};

/* The area at an address, or the first that ends behind it; false when there
 * is none. */
bool areas_view(uintptr_t address, struct area_view *view);
bool areas_view_from(uintptr_t address, struct area_view *view);

/* Tells of every area, in the order of their addresses. */
void areas_each(void (*tell)(const struct area_view *view, void *context), void *context);

/* Gives every page of the range its memory now, where there is an area that
 * anybody may use. */
bool areas_populate(uintptr_t start, size_t size);

/* Takes the memory of the pages away: they will read as zero, or as what is in
 * the file. */
void areas_discard(uintptr_t start, size_t size);

/* The pages of a part of a backing are about to go: takes them out of all areas. */
void areas_lose(const struct backing *backing, uint64_t offset, uint64_t size);

/* Could anybody write to the backing through an area? */
bool areas_may_write(const struct backing *backing);

/* Moves what an area maps, and its pages, to another place, and maps more of
 * the same behind it up to a new size. `leave`: the area stays, empty. */
bool areas_move(uintptr_t from, size_t size, uintptr_t to, size_t new_size, bool leave);

/* A page fault: what to do about it; faults.c. */
enum fault areas_fault(uintptr_t address, unsigned access);

#endif
