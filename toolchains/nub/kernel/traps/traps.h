/*
 * Where the processor leaves what it was doing.
 */
#ifndef TRAPS_TRAPS_H
#define TRAPS_TRAPS_H

#include <arch.h>

/* interrupts.c: where exception() leads to with vectors that are interrupts;
 * true when the program goes on with these registers, false when the kernel does. */
bool interrupt(struct registers *r);

#endif
