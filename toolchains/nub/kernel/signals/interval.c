/*
 * Intervals on top of the kernel's timers.
 *
 * A clock of the processor's time cannot run faster than the monotonic one: when
 * what is missing has passed by the latter, it is looked at again.
 */
#include <signals/interval.h>
#include <threads/cpu_time.h>
#include <time/clock.h>

/* The least time between two calls: the program has to get on. */
#define LEAST 100000ULL

uint64_t interval_now(const struct interval *interval)
{
    const struct thread *thread;

    switch (interval->clock) {
    case INTERVAL_PROCESS:
        return cpu_time_of_process();
    case INTERVAL_THREAD:
        thread = thread_find(interval->thread);
        return thread ? cpu_time_of(thread) : 0;
    default:
        return clock_monotonic();
    }
}

static void expired(struct timer *timer, uint64_t now)
{
    struct interval *interval = (struct interval *)timer;
    uint64_t own_now = interval_now(interval);

    if (own_now < interval->due)
        timer_order(timer, now + larger(interval->due - own_now, LEAST));
    else
        interval->ring(interval);
}

/* Orders the timer no earlier than at some time by its own clock. */
static void order(struct interval *interval, uint64_t earliest)
{
    uint64_t now = interval_now(interval), due = larger(interval->due, earliest);

    interval->timer.expired = expired;
    interval->timer.idle = interval->clock != INTERVAL_TIME;
    timer_order(&interval->timer, clock_monotonic() + (due > now ? due - now : 0));
}

void interval_stop(struct interval *interval)
{
    timer_cancel(&interval->timer);
    interval->set = false;
}

void interval_set(struct interval *interval, uint64_t due, uint64_t period, bool watch)
{
    interval_stop(interval);
    interval->set = true;
    interval->due = due;
    interval->period = period;
    if (watch)
        order(interval, 0);
}

uint64_t interval_left(const struct interval *interval)
{
    uint64_t now = interval_now(interval);

    if (!interval->set)
        return 0;
    if (interval->due > now)
        return interval->due - now;
    if (interval->period)
        return interval->period - (now - interval->due) % interval->period;
    return interval->timer.ordered; /* it is about to be called, or was */
}

uint64_t interval_continue(struct interval *interval)
{
    uint64_t now = interval_now(interval), missed;

    if (!interval->period) {
        interval->set = false;
        return 0;
    }
    missed = now > interval->due ? (now - interval->due) / interval->period : 0;
    interval->due += (missed + 1) * interval->period;
    order(interval, now + LEAST);
    return missed;
}
