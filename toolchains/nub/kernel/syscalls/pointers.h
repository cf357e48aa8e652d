/*
 * Arguments of system calls that point to something of a size which does not
 * depend on what is found there.
 */
#ifndef SYSCALLS_POINTERS_H
#define SYSCALLS_POINTERS_H

#include <nub.h>
#include <syscalls/numbers.h>

#define MOST_POINTERS 3

/* `size` bytes that an argument points to, or that many for each that another one
 * counts; and what the call does with them, or 0 for none. */
struct pointer {
    uint8_t argument, use, count;
    uint16_t size;
};

extern const struct pointer pointers[MOST_CALLS][MOST_POINTERS];

bool pointers_look(const struct pointer *pointer, const long *arguments);

/* May the program use all that its arguments to a call point to? */
static inline bool pointers_good(unsigned long number, const long *arguments)
{
    return !pointers[number][0].use || pointers_look(pointers[number], arguments);
}

#endif
