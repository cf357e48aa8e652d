/*
 * timer_create and what belongs to it. While a timer's signal is pending the
 * timer does not run: when it is received, the times that were missed are
 * counted, and it is ordered for the next one.
 */
#include <memory/pages.h>
#include <memory/program.h>
#include <signals/interval.h>
#include <signals/pending.h>
#include <syscalls/clocks.h>
#include <syscalls/handlers.h>
#include <time/times.h>

enum { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID = 4 };
enum { TIMER_ABSTIME = 1 };

#define MOST_OVERRUNS 0x7fffffff

struct signal_event {
    uintptr_t value;
    int signal, notify, thread;
};

struct program_timer {
    struct interval interval;
    struct program_timer *next;
    int id, clock;
    struct signal_event event;
    struct sent *sent; /* its signal, if it sends one */
    uint64_t overruns; /* at the signal that was received last */
    uint64_t repeated; /* how often it was due while that was pending already */
};

static struct pool pool = { .object_size = sizeof(struct program_timer) };
static struct program_timer *timers;
static int next_id;

static struct program_timer *find(int id)
{
    struct program_timer *timer = timers;

    while (timer && timer->id != id)
        timer = timer->next;
    return timer;
}

static void ring(struct interval *interval)
{
    struct program_timer *timer = (struct program_timer *)interval;
    struct thread *thread = NULL;

    if (timer->event.notify & SIGEV_THREAD_ID) {
        thread = thread_find(timer->event.thread);
        if (!thread)
            return;
    }
    if (timer->sent->pending)
        timer->repeated++;
    else if (!signal_send_own(thread, timer->sent))
        interval_continue(interval); /* it is ignored now, and may not be later */
}

/* The timer may have gone. */
static void received(struct sent *sent, struct signal_information *information)
{
    struct program_timer *timer = sent->owner;

    if (!timer) {
        sent_give(sent);
        return;
    }
    timer->overruns = timer->repeated;
    timer->repeated = 0;
    if (timer->interval.set && !timer->interval.timer.ordered)
        timer->overruns += interval_continue(&timer->interval);
    timer->overruns = smaller(timer->overruns, MOST_OVERRUNS);
    information->overrun = timer->overruns;
}

static bool is_event(const struct signal_event *event)
{
    switch (event->notify) {
    case SIGEV_NONE:
        return true;
    case SIGEV_SIGNAL | SIGEV_THREAD_ID:
        if (!thread_find(event->thread))
            return false;
        /* fall through */
    case SIGEV_SIGNAL:
    case SIGEV_THREAD:
        return event->signal >= 1 && event->signal <= SIGNALS;
    default:
        return false;
    }
}

/* By which clock the times are counted that the program gives by another one. */
static int choose_clock(int clock, struct interval *interval)
{
    uint64_t now;

    if (!clock_read(clock, &now))
        return -EINVAL;
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_TAI:
        interval->clock = INTERVAL_TIME;
        return 0;
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
        return -EOPNOTSUPP;
    default:
        interval->thread = clock_thread(clock);
        interval->clock = interval->thread ? INTERVAL_THREAD : INTERVAL_PROCESS;
        return 0;
    }
}

static int give_signal(struct program_timer *timer)
{
    if (timer->event.notify == SIGEV_NONE)
        return 0;
    timer->sent = sent_take(false);
    if (!timer->sent)
        return -EAGAIN;
    timer->sent->owner = timer;
    timer->sent->received = received;
    timer->sent->information = (struct signal_information){
        .signal = timer->event.signal,
        .code = CODE_TIMER,
        .timer = timer->id,
        .timer_value = timer->event.value,
    };
    return 0;
}

long timer_create_call(int clock, const struct signal_event *event, int *id)
{
    const struct signal_event plain = { .value = next_id, .signal = SIGALRM, .notify = SIGEV_SIGNAL };
    struct program_timer made = { .id = next_id, .clock = clock, .event = plain }, *timer;
    int error;

    if (event && copy_from_program(&made.event, event, sizeof(*event)))
        return -EFAULT;
    error = choose_clock(clock, &made.interval);
    if (error)
        return error;
    if (!is_event(&made.event))
        return -EINVAL;
    if (!program_may_write(id, sizeof(*id)))
        return -EFAULT;
    timer = pool_take(&pool);
    if (!timer)
        return -EAGAIN;
    *timer = made;
    timer->interval.ring = ring;
    error = give_signal(timer);
    if (error) {
        pool_give(&pool, timer);
        return error;
    }
    timer->next = timers;
    timers = timer;
    *id = next_id++;
    return 0;
}

static struct timer_times tell(const struct program_timer *timer)
{
    return (struct timer_times){
        .period = time_of_nanoseconds(timer->interval.set ? timer->interval.period : 0),
        .value = time_of_nanoseconds(interval_left(&timer->interval)),
    };
}

/* When it is due by the clock that counts: the time of day is only known now. */
static uint64_t due_at(const struct program_timer *timer, int flags, uint64_t value)
{
    uint64_t now = interval_now(&timer->interval), today;

    if (!(flags & TIMER_ABSTIME))
        return now + value;
    if (timer->clock != CLOCK_REALTIME && timer->clock != CLOCK_TAI)
        return value;
    today = clock_realtime();
    return now + (value > today ? value - today : 0);
}

static long set(int id, int flags, const struct timer_times *wanted, struct timer_times *before)
{
    struct program_timer *timer = find(id);
    uint64_t value;

    if (!timer || !time_is_good(&wanted->value) || !time_is_good(&wanted->period))
        return -EINVAL;
    *before = tell(timer);
    timer->overruns = timer->repeated = 0;
    value = time_in_nanoseconds(&wanted->value);
    if (value)
        interval_set(&timer->interval, due_at(timer, flags, value), time_in_nanoseconds(&wanted->period),
                     timer->event.notify != SIGEV_NONE);
    else
        interval_stop(&timer->interval);
    return 0;
}

/* What was before is told last, when the timer has been set already. */
long timer_settime_call(int id, int flags, const struct timer_times *times, struct timer_times *to)
{
    struct timer_times wanted, before;
    long error = times ? copy_from_program(&wanted, times, sizeof(wanted)) : -EINVAL;

    if (!error)
        error = set(id, flags, &wanted, &before);
    return error || !to ? error : copy_to_program(to, &before, sizeof(before));
}

long timer_gettime_call(int id, struct timer_times *to)
{
    const struct program_timer *timer = find(id);
    struct timer_times now;

    if (!timer)
        return -EINVAL;
    now = tell(timer);
    return copy_to_program(to, &now, sizeof(now));
}

long timer_settime32(int id, int flags, const struct timer_times32 *times, struct timer_times32 *to)
{
    struct timer_times32 narrow;
    struct timer_times wanted, before;
    long error = times ? copy_from_program(&narrow, times, sizeof(narrow)) : -EINVAL;

    if (error)
        return error;
    wanted = times_from32(&narrow);
    error = set(id, flags, &wanted, &before);
    if (error || !to)
        return error;
    narrow = times_to32(&before);
    return copy_to_program(to, &narrow, sizeof(narrow));
}

long timer_gettime32(int id, struct timer_times32 *to)
{
    const struct program_timer *timer = find(id);
    struct timer_times32 narrow;
    struct timer_times now;

    if (!timer)
        return -EINVAL;
    now = tell(timer);
    narrow = times_to32(&now);
    return copy_to_program(to, &narrow, sizeof(narrow));
}

long timer_getoverrun_call(int id)
{
    const struct program_timer *timer = find(id);

    return timer ? (long)timer->overruns : -EINVAL;
}

long timer_delete_call(int id)
{
    struct program_timer *timer = find(id), **link = &timers;

    if (!timer)
        return -EINVAL;
    while (*link != timer)
        link = &(*link)->next;
    *link = timer->next;
    interval_stop(&timer->interval);
    if (timer->sent && timer->sent->pending)
        timer->sent->owner = NULL;
    else if (timer->sent)
        sent_give(timer->sent);
    pool_give(&pool, timer);
    return 0;
}
