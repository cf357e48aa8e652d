/*
 * What the system calls on memory have in common.
 */
#ifndef SYSCALLS_MEMORY_CALLS_H
#define SYSCALLS_MEMORY_CALLS_H

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

#endif
