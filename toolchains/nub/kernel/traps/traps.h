/*
 * Where the processor leaves what it was doing.
 */
#ifndef TRAPS_TRAPS_H
#define TRAPS_TRAPS_H

#include <arch.h>

/* interrupts.c: where exception() leads to with vectors that are interrupts;
 * true when the program goes on with these registers, false when the kernel does. */
bool interrupt(struct registers *r);

/* faults.c: an exception of the program that nothing else can be done about. True
 * when it goes on with a handler, which the registers lead to. */
bool fault_signal(struct registers *r, uintptr_t address);

#endif
