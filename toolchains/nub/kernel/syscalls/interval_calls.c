/*
 * alarm, setitimer: the three timers that every process has, each with a signal
 * of its own. The kernel's share of the processor's time is the program's, so
 * that ITIMER_VIRTUAL and ITIMER_PROF count the same.
 */
#include <memory/program.h>
#include <signals/information.h>
#include <signals/interval.h>
#include <signals/signals.h>
#include <syscalls/handlers.h>
#include <time/clock.h>

enum { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF, TIMERS };

#define MICROSECONDS 1000000

static void ring(struct interval *interval);

static struct interval intervals[TIMERS] = {
    [ITIMER_REAL] = { .clock = INTERVAL_TIME, .ring = ring },
    [ITIMER_VIRTUAL] = { .clock = INTERVAL_PROCESS, .ring = ring },
    [ITIMER_PROF] = { .clock = INTERVAL_PROCESS, .ring = ring },
};

static void ring(struct interval *interval)
{
    static const int signals[TIMERS] = { SIGALRM, SIGVTALRM, SIGPROF };
    const struct signal_information information = { .code = CODE_KERNEL };

    signal_send_with(NULL, signals[interval - intervals], &information);
    interval_continue(interval);
}

/* Rounded up, so that one which is set never looks as if it were not. */
static void tell_time(uint64_t time, long *to)
{
    time = (time + 999) / 1000;
    to[0] = time / MICROSECONDS;
    to[1] = time % MICROSECONDS;
}

static void tell(int which, long *to)
{
    tell_time(intervals[which].set ? intervals[which].period : 0, to);
    tell_time(interval_left(&intervals[which]), to + 2);
}

static bool is_time(const long *time)
{
    return time[0] >= 0 && time[1] >= 0 && time[1] < MICROSECONDS;
}

static uint64_t nanoseconds(const long *time)
{
    return smaller(time[0], 1ULL << 33) * NANOSECONDS + time[1] * 1000;
}

static void set_to(struct interval *interval, uint64_t time, uint64_t period)
{
    if (time)
        interval_set(interval, interval_now(interval) + time, period, true);
    else
        interval_stop(interval);
}

long interval_get(int which, long *to)
{
    long now[4];

    if (which < 0 || which >= TIMERS)
        return -EINVAL;
    tell(which, now);
    return copy_to_program(to, now, sizeof(now));
}

/* The time between, and the time until the first: two words each. */
long interval_call(int which, const long *from, long *before)
{
    long wanted[4] = { 0 }, now[4];

    if (from && copy_from_program(wanted, from, sizeof(wanted)))
        return -EFAULT;
    if (which < 0 || which >= TIMERS)
        return -EINVAL;
    if (!is_time(wanted) || !is_time(wanted + 2))
        return -EINVAL;
    tell(which, now);
    set_to(&intervals[which], nanoseconds(wanted + 2), nanoseconds(wanted));
    return before ? copy_to_program(before, now, sizeof(now)) : 0;
}

long interval_alarm(unsigned seconds)
{
    struct interval *interval = &intervals[ITIMER_REAL];
    uint64_t left = interval_left(interval);

    set_to(interval, seconds * NANOSECONDS, 0);
    return left && left < NANOSECONDS / 2 ? 1 : (left + NANOSECONDS / 2) / NANOSECONDS;
}
