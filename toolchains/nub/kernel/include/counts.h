/*
 * What the kernel counts of itself since boot, each where it happens. Only
 * statistics/ and /proc read it.
 */
#ifndef COUNTS_H
#define COUNTS_H

struct counts {
    unsigned long switches;   /* from one thread to another */
    unsigned long interrupts; /* the timer's and the console's */
    unsigned long timeouts;   /* waits that the clock has ended */
    unsigned long futex_waits, futex_wakes;
};

extern struct counts counts; /* lib/counts.c */

#endif
