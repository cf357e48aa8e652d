/*
 * Where the processor leaves what it was doing.
 */
#ifndef TRAPS_TRAPS_H
#define TRAPS_TRAPS_H

#include <arch.h>

/* interrupts.c: where exception() leads to with vectors that are interrupts. */
void interrupt(struct registers *r);

#endif
