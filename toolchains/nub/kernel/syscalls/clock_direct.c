/*
 * What libc calls instead of a system call to look at a clock. It runs as a part of
 * the program, which may be interrupted, and others may run then: it only reads what
 * the kernel keeps, and a pointer that leads to nothing is the program's fault.
 */
#include <linux/interface.h>
#include <syscalls/clocks.h>
#include <time/source.h>

long __nub_clock_gettime(int clock, struct timespec64 *to);

static long tell(uint64_t now, struct timespec64 *to)
{
    to->seconds = now / NANOSECONDS;
    to->nanoseconds = now - to->seconds * NANOSECONDS;
    return 0;
}

long __nub_clock_gettime(int clock, struct timespec64 *to)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        return tell(clock_realtime(), to);
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        return tell(clock_look(), to);
    default:
        return -ENOSYS;
    }
}
