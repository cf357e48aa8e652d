/*
 * Arguments of system calls that point to something of a size which does not
 * depend on what is found there.
 */
#ifndef SYSCALLS_POINTERS_H
#define SYSCALLS_POINTERS_H

#include <nub.h>

/* May the program use all that its arguments to a call point to? */
bool pointers_good(unsigned long number, const long *arguments);

#endif
