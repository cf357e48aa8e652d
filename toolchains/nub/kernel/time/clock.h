/*
 * Time: nanoseconds since boot, and since 1970.
 */
#ifndef TIME_CLOCK_H
#define TIME_CLOCK_H

#include <nub.h>

#define NANOSECONDS 1000000000ULL

void clock_use_xen(void);
void clock_use_tsc(void); /* no Xen to ask */

uint64_t clock_monotonic(void);
extern uint64_t clock_started; /* when this kernel first had a clock: Xen's runs from Xen's boot */
uint64_t clock_realtime(void);

/* The time so far from now; NEVER-like when it is beyond counting. */
uint64_t clock_deadline(int64_t seconds, uint32_t nanoseconds);

/* The same as poll counts: never when it is negative, and 0 for now. */
uint64_t clock_deadline_milliseconds(int milliseconds);

/* So many ticks of the time stamp counter, in nanoseconds. */
uint64_t clock_duration(uint64_t ticks);

/* Gives the processor away until then, or a little longer. */
void clock_wait_until(uint64_t monotonic);

#endif
