/*
 * Where a program is that was interrupted close to a system call.
 */
#ifndef SIGNALS_SETTLE_H
#define SIGNALS_SETTLE_H

#include <arch.h>

/* Makes the registers of a program that was interrupted on its way into the
 * kernel those of one that has not called it, and of one that has just returned
 * from it those of one that is further on. */
void signal_settle_call(struct registers *r);

/* Is this a place on the way into the kernel? */
bool signal_is_in_call(uintptr_t ip);

#endif
