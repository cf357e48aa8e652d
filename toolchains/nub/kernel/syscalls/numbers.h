/*
 * The numbers of the system calls by their names: CALL_getpid and so on.
 */
#ifndef SYSCALLS_NUMBERS_H
#define SYSCALLS_NUMBERS_H

#ifdef __x86_64__
#define BOTH(name, x86_64, i386, function) CALL_##name = x86_64,
#define X86_64(name, number, function) CALL_##name = number,
#define I386(name, number, function)
#else
#define BOTH(name, x86_64, i386, function) CALL_##name = i386,
#define X86_64(name, number, function)
#define I386(name, number, function) CALL_##name = number,
#endif

enum {
#include <syscalls/table.h>
    MOST_CALLS = 512,
};

#undef BOTH
#undef X86_64
#undef I386

#endif
