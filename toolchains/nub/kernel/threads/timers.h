/*
 * Timers: what the kernel has been asked to do at some time, besides waking
 * threads.
 */
#ifndef THREADS_TIMERS_H
#define THREADS_TIMERS_H

#include <nub.h>

/* Its owner keeps it, all zero at first but for what shall be done. That is
 * called once for each order, in the kernel, by whichever thread is there; it
 * may give a new order, and must not wait. */
struct timer {
    void (*expired)(struct timer *timer, uint64_t now);
    uint64_t when; /* by clock_monotonic() */

    /* It wakes nobody: threads that wait for ever are not kept from being
     * reported by it. */
    bool idle;

    /* While it is ordered: its place among the others (timers.c). */
    bool ordered;
    struct timer *earlier, *next, *later;
};

/* Orders the timer for then; an order that it has is replaced. */
void timer_order(struct timer *timer, uint64_t when);
void timer_cancel(struct timer *timer);

/* The time of the first, or NEVER. */
uint64_t timers_next(void);

/* Is one ordered that may wake somebody? */
bool timers_may_wake(void);

/* Does all that is due. */
void timers_run(uint64_t now);

#endif
