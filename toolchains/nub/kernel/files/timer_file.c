/*
 * timerfd: a timer that is read as a file, and tells how often it was due.
 */
#include <files/calls.h>
#include <files/files.h>
#include <memory/pages.h>
#include <memory/program.h>
#include <signals/interval.h>
#include <time/times.h>

enum { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_BOOTTIME = 7, CLOCK_REALTIME_ALARM = 8, CLOCK_BOOTTIME_ALARM = 9 };
enum { TFD_TIMER_ABSTIME = 1, TFD_TIMER_CANCEL_ON_SET = 2 };

struct timer_file {
    struct interval interval;
    struct wait_queue queue;
    uint64_t expirations; /* since it was read */
    bool expired;         /* and is not ordered again until somebody asks */
    bool by_date;
};

static struct pool pool = { .object_size = sizeof(struct timer_file) };

static void ring(struct interval *interval)
{
    struct timer_file *timer = (struct timer_file *)interval;

    timer->expired = true;
    timer->expirations++;
    wake_all(&timer->queue, POLLIN);
}

/* Counts the times that it would have been due since. */
static void catch_up(struct timer_file *timer)
{
    if (timer->expired && timer->interval.period) {
        timer->expired = false;
        timer->expirations += interval_continue(&timer->interval);
    }
}

static long read_timer(struct file *file, void *to, size_t size, uint64_t *position)
{
    struct timer_file *timer = file->node.object;

    (void)position;
    if (size < sizeof(timer->expirations))
        return -EINVAL;
    if (!timer->expirations)
        return -EAGAIN;
    catch_up(timer);
    memcpy(to, &timer->expirations, sizeof(timer->expirations));
    timer->expirations = 0;
    return sizeof(timer->expirations);
}

static unsigned ready(struct file *file)
{
    const struct timer_file *timer = file->node.object;

    return timer->expirations ? POLLIN : 0;
}

static struct wait_queue *queue(struct file *file)
{
    struct timer_file *timer = file->node.object;

    return &timer->queue;
}

static void close(struct file *file)
{
    struct timer_file *timer = file->node.object;

    interval_stop(&timer->interval);
    pool_give(&pool, timer);
}

static const struct file_kind timer_file = {
    .read = read_timer, .seek = seek_nowhere, .ready = ready, .queue = queue, .close = close,
};

long timer_file_open(int clock, int flags)
{
    struct node node = { .kind = &timer_file, .permissions = 0600 };
    bool by_date = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM;
    struct timer_file *timer;
    int descriptor;

    if (flags & ~(O_NONBLOCK | O_CLOEXEC))
        return -EINVAL;
    if (!by_date && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_BOOTTIME_ALARM)
        return -EINVAL;
    node.object = timer = pool_take(&pool);
    if (!timer)
        return -ENOMEM;
    *timer = (struct timer_file){ .interval.ring = ring, .by_date = by_date };
    descriptor = descriptor_open(&node, flags | O_RDWR);
    if (descriptor < 0)
        pool_give(&pool, timer);
    return descriptor;
}

/* Puts what the descriptor leads to there; 0, or an error. */
static long find(int fd, struct timer_file **timer)
{
    struct file *file = descriptor_opened(fd);

    if (!file || file->node.kind != &timer_file)
        return file ? -EINVAL : -EBADF;
    *timer = file->node.object;
    return 0;
}

static struct timer_times tell(struct timer_file *timer)
{
    catch_up(timer);
    return (struct timer_times){
        .period = time_of_nanoseconds(timer->interval.period),
        .value = time_of_nanoseconds(interval_left(&timer->interval)),
    };
}

/* The clock never jumps here, so there is nothing that would cancel it. */
static uint64_t due_at(const struct timer_file *timer, int flags, uint64_t value)
{
    uint64_t now = interval_now(&timer->interval), today;

    if (!(flags & TFD_TIMER_ABSTIME))
        return now + value;
    if (!timer->by_date)
        return value;
    today = clock_realtime();
    return now + (value > today ? value - today : 0);
}

static long set(int fd, int flags, const struct timer_times *wanted, struct timer_times *before)
{
    struct timer_file *timer;
    uint64_t value = time_in_nanoseconds(&wanted->value);
    long error;

    if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) || !time_is_good(&wanted->value)
        || !time_is_good(&wanted->period))
        return -EINVAL;
    error = find(fd, &timer);
    if (error)
        return error;
    *before = tell(timer);
    timer->expirations = 0;
    timer->expired = false;
    interval_stop(&timer->interval);
    timer->interval.period = time_in_nanoseconds(&wanted->period);
    if (value)
        interval_set(&timer->interval, due_at(timer, flags, value), timer->interval.period, true);
    return 0;
}

/* What was before is told last, when the timer has been set already. */
long timer_file_set(int fd, int flags, const struct timer_times *times, struct timer_times *to)
{
    struct timer_times wanted, before;
    long error = copy_from_program(&wanted, times, sizeof(wanted));

    if (!error)
        error = set(fd, flags, &wanted, &before);
    return error || !to ? error : copy_to_program(to, &before, sizeof(before));
}

long timer_file_get(int fd, struct timer_times *to)
{
    struct timer_file *timer;
    struct timer_times now;
    long error = find(fd, &timer);

    if (error)
        return error;
    now = tell(timer);
    return copy_to_program(to, &now, sizeof(now));
}

long timer_file_set32(int fd, int flags, const struct timer_times32 *times, struct timer_times32 *to)
{
    struct timer_times32 narrow;
    struct timer_times wanted, before;
    long error = copy_from_program(&narrow, times, sizeof(narrow));

    if (error)
        return error;
    wanted = times_from32(&narrow);
    error = set(fd, flags, &wanted, &before);
    if (error || !to)
        return error;
    narrow = times_to32(&before);
    return copy_to_program(to, &narrow, sizeof(narrow));
}

long timer_file_get32(int fd, struct timer_times32 *to)
{
    struct timer_file *timer;
    struct timer_times32 narrow;
    struct timer_times now;
    long error = find(fd, &timer);

    if (error)
        return error;
    now = tell(timer);
    narrow = times_to32(&now);
    return copy_to_program(to, &narrow, sizeof(narrow));
}
