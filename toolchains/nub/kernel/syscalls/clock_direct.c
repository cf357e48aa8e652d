/*
 * What libc calls instead of a system call to look at a clock. It runs as a part of
 * the program, which may be interrupted, and others may run then: it only reads what
 * the kernel keeps, and a pointer that leads to nothing is the program's fault.
 */
#include <linux/interface.h>
#include <syscalls/clocks.h>
#include <time/clock.h>

long __nub_clock_gettime(int clock, struct timespec64 *to);

long __nub_clock_gettime(int clock, struct timespec64 *to)
{
    uint64_t now;

    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        now = clock_realtime();
        break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        now = clock_monotonic();
        break;
    default:
        return -ENOSYS;
    }
    to->seconds = now / NANOSECONDS;
    to->nanoseconds = now - to->seconds * NANOSECONDS;
    return 0;
}
