/*
 * The clocks that system calls name by a number.
 */
#ifndef SYSCALLS_CLOCKS_H
#define SYSCALLS_CLOCKS_H

#include <nub.h>

enum {
    CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME, CLOCK_THREAD_CPUTIME,
    CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
    CLOCK_TAI = 11, /* without leap seconds, of which nobody has told: the same as the time of day */
};

/* False when there is no such clock. */
bool clock_read(int clock, uint64_t *now);

/* Of a clock of the processor's time: the number of the thread, 0 for the process. */
int clock_thread(int clock);

#endif
