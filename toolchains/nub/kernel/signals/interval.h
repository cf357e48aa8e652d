/*
 * Timers as programs set them: by a clock that need not be the time of day's,
 * once or at intervals.
 */
#ifndef SIGNALS_INTERVAL_H
#define SIGNALS_INTERVAL_H

#include <threads/timers.h>

/* What the times are of. */
enum interval_clock {
    INTERVAL_TIME, /* clock_monotonic() */
    INTERVAL_PROCESS,
    INTERVAL_THREAD, /* the processor's time */
};

struct interval {
    struct timer timer;
    enum interval_clock clock;
    int thread;           /* its number */
    bool set;
    uint64_t due, period; /* 0: it is done once */

    /* It is due, and not ordered again until interval_continue(). */
    void (*ring)(struct interval *interval);
};

uint64_t interval_now(const struct interval *interval);

/* Sets it for the first time that it is due, and for the time between that and
 * the others. `watch`: somebody wants to be called, not merely to ask. */
void interval_set(struct interval *interval, uint64_t due, uint64_t period, bool watch);
void interval_stop(struct interval *interval);

/* How long until it is due, 0 when it never will be. */
uint64_t interval_left(const struct interval *interval);

/* After ring(): orders it for the next time that lies in the future, and answers
 * how many were missed. */
uint64_t interval_continue(struct interval *interval);

#endif
