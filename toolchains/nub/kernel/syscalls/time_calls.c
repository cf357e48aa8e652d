/*
 * System calls on time.
 */
#include <memory/program.h>
#include <syscalls/clocks.h>
#include <syscalls/handlers.h>
#include <threads/cpu_time.h>
#include <time/clock.h>

enum { TIMER_ABSTIME = 1 };

/*
 * Negative numbers name the clock of the processor's time of a process or thread:
 * the complement of its number, three bits to the left, and in those which clock
 * it is, and this bit for a thread. All of the clocks are the same here, for the
 * kernel's time is the program's.
 */
#define OF_THREAD 4
#define LAST_CLOCK 2

int clock_thread(int clock)
{
    int id = ~(clock >> 3);

    if (clock >= 0)
        return clock == CLOCK_THREAD_CPUTIME ? current->id : 0;
    if (!(clock & OF_THREAD))
        return 0;
    return id ? id : current->id;
}

static bool read_cpu_time(int clock, uint64_t *now)
{
    int id = clock_thread(clock), process = ~(clock >> 3);
    const struct thread *thread = id ? thread_find(id) : NULL;

    if (clock < 0 && ((clock & 3) > LAST_CLOCK || (!id && process != 0 && process != 1)))
        return false;
    if (id && !thread)
        return false;
    *now = id ? cpu_time_of(thread) : cpu_time_of_process();
    return true;
}

bool clock_read(int clock, uint64_t *now)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
        *now = clock_realtime();
        return true;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        *now = clock_monotonic();
        return true;
    case CLOCK_PROCESS_CPUTIME:
    case CLOCK_THREAD_CPUTIME:
        return read_cpu_time(clock, now);
    default:
        return clock < 0 && read_cpu_time(clock, now);
    }
}

long time_gettime(int clock, struct timespec64 *to)
{
    uint64_t now;

    if (!clock_read(clock, &now))
        return -EINVAL;
    to->seconds = now / NANOSECONDS;
    to->nanoseconds = now % NANOSECONDS;
    return 0;
}

long time_gettime32(int clock, struct timespec32 *to)
{
    struct timespec64 now;
    long error = time_gettime(clock, &now);

    if (!error)
        *to = (struct timespec32){ now.seconds, now.nanoseconds };
    return error;
}

long time_getres(int clock, struct timespec64 *to)
{
    uint64_t now;

    if (!clock_read(clock, &now))
        return -EINVAL;
    if (to)
        *to = (struct timespec64){ 0, 1 };
    return 0;
}

long time_getres32(int clock, struct timespec32 *to)
{
    struct timespec64 resolution;
    long error = time_getres(clock, to ? &resolution : NULL);

    if (!error && to)
        *to = (struct timespec32){ 0, 1 };
    return error;
}

/* Nobody wakes a sleeper but the clock or a signal. */
static const char sleeping;

/* The processor's time stands still while the thread sleeps, and Linux has no
 * sleep by the cheap or raw clocks either. */
static bool can_sleep_by(int clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

/* 0, or -EINTR and how long the sleep should still have lasted. */
static long sleep(int clock, int flags, int64_t seconds, uint32_t nanoseconds, uint64_t *left)
{
    uint64_t now, duration, until;

    if (!clock_read(clock, &now) || seconds < 0 || nanoseconds >= NANOSECONDS)
        return -EINVAL;
    if (!can_sleep_by(clock))
        return -EOPNOTSUPP;
    duration = smaller(seconds, 1ULL << 33) * NANOSECONDS + nanoseconds;
    if (flags & TIMER_ABSTIME)
        duration = duration > now ? duration - now : 0;
    until = clock_monotonic() + duration;
    if (!duration || thread_wait(&sleeping, until) == WAKE_TIMEOUT)
        return 0;
    now = clock_monotonic();
    *left = until > now ? until - now : 0;
    return -EINTR;
}

long time_clock_nanosleep(int clock, int flags, const struct timespec64 *request, struct timespec64 *left)
{
    uint64_t rest;
    long error = sleep(clock, flags, request->seconds, request->nanoseconds, &rest);

    if (error == -EINTR && left && !(flags & TIMER_ABSTIME)
        && copy_to_program(left, &(struct timespec64){ rest / NANOSECONDS, rest % NANOSECONDS }, sizeof(*left)))
        return -EFAULT;
    return error;
}

long time_clock_nanosleep32(int clock, int flags, const struct timespec32 *request, struct timespec32 *left)
{
    uint64_t rest;
    long error = sleep(clock, flags, request->seconds, request->nanoseconds, &rest);

    if (error == -EINTR && left && !(flags & TIMER_ABSTIME)
        && copy_to_program(left, &(struct timespec32){ rest / NANOSECONDS, rest % NANOSECONDS }, sizeof(*left)))
        return -EFAULT;
    return error;
}

long time_nanosleep(const struct timespec64 *request, struct timespec64 *left)
{
    return time_clock_nanosleep(CLOCK_MONOTONIC, 0, request, left);
}

long time_nanosleep32(const struct timespec32 *request, struct timespec32 *left)
{
    return time_clock_nanosleep32(CLOCK_MONOTONIC, 0, request, left);
}

/* The zone is Linux's as well, where nobody has set one. */
long time_gettimeofday(long *to, int *zone)
{
    uint64_t now = clock_realtime();

    if (to) {
        to[0] = now / NANOSECONDS;
        to[1] = now % NANOSECONDS / 1000;
    }
    if (zone)
        zone[0] = zone[1] = 0;
    return 0;
}

long time_time(long *to)
{
    long now = clock_realtime() / NANOSECONDS;

    if (to)
        *to = now;
    return now;
}
