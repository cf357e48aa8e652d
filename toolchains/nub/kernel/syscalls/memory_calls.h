/*
 * What the system calls on memory have in common.
 */
#ifndef SYSCALLS_MEMORY_CALLS_H
#define SYSCALLS_MEMORY_CALLS_H

#include <memory/areas.h>
#include <syscalls/handlers.h>

/* Where Linux's addresses for programs end. */
#ifdef __x86_64__
#define ADDRESSES_END 0x7ffffffff000UL
#else
#define ADDRESSES_END 0xffffe000UL
#endif

/* mlockall was asked to lock what will be mapped, too. */
extern bool memory_lock_future;

/* Rounds up to whole pages; false when that is more than there can be. */
bool memory_round(size_t *size);

/* Do the limits allow it to be mapped there, instead of what is there now? */
bool memory_allowed(uintptr_t start, size_t size, const struct mapping *mapping);

/* Do they allow that a part of an area gets such rights? */
bool memory_may_become(const struct area_view *view, uintptr_t start, uintptr_t end, unsigned rights);

#endif
