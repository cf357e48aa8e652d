/*
 * Areas: the ranges of the arena that a program has mapped, the kernel's
 * record behind mmap and brk.
 */
#ifndef MEMORY_AREAS_H
#define MEMORY_AREAS_H

#include <memory/tables.h>

/* Sets the arena up behind the memory that ends at a given address. */
void areas_start(uintptr_t memory_end);

uintptr_t arena_start(void);

/* The highest free place of that many bytes, or 0. */
uintptr_t areas_place(size_t size);

/* Is the whole range inside the arena, and is nothing mapped in it? */
bool areas_inside(uintptr_t start, size_t size);
bool areas_free(uintptr_t start, size_t size);

/* These take whole pages. The bool ones fail for want of memory only. */
bool areas_map(uintptr_t start, size_t size, unsigned rights);
bool areas_unmap(uintptr_t start, size_t size);
bool areas_protect(uintptr_t start, size_t size, unsigned rights);

/* Is every page of the range mapped? */
bool areas_covered(uintptr_t start, size_t size);

/* The rights of the area at an address; false when there is none. */
bool areas_rights(uintptr_t address, unsigned *rights);

/* The ends of the area at an address; false when there is none. */
bool areas_bounds(uintptr_t address, uintptr_t *start, uintptr_t *end);

/* Gives every page of the range its memory now. */
bool areas_populate(uintptr_t start, size_t size);

/* Takes the memory of the pages away; they will read as zero. */
void areas_discard(uintptr_t start, size_t size);

/* Moves the pages that have memory to another place of the same rights. */
bool areas_move(uintptr_t from, uintptr_t to, size_t size);

/* A page fault: what to do about it. */
enum fault {
    FAULT_RESOLVED,  /* the access may now be repeated */
    FAULT_FORBIDDEN, /* nothing is there, or not for such an access */
    FAULT_NO_MEMORY,
};
enum fault areas_fault(uintptr_t address, unsigned access);

#endif
