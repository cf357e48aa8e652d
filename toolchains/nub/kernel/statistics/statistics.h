/*
 * What the kernel counts and measures of itself, for nub.stats=N.
 */
#ifndef STATISTICS_STATISTICS_H
#define STATISTICS_STATISTICS_H

#include <threads/thread.h>

/* Since boot. */
struct statistics {
    unsigned long switches;   /* from one thread to another */
    unsigned long interrupts; /* the timer's and the console's */
    unsigned long timeouts;   /* waits that the clock has ended */
    unsigned long futex_waits, futex_wakes;
};

extern struct statistics statistics;

/* When the next line is due, or NEVER. */
extern uint64_t statistics_due;

void statistics_start(void);

/* Prints the line, when it is due. */
void statistics_take(uint64_t now);

/* Prints it in any case. */
void statistics_print(void);

/* The thread could run from now on, because of its deadline or of something
 * else; or it does run. */
void statistics_ready(struct thread *thread);
void statistics_runs(struct thread *thread);

#endif
