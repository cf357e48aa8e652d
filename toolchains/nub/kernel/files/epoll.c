/*
 * epoll: a list of files to wait for that the kernel keeps.
 */
#include <files/calls.h>
#include <files/epoll.h>
#include <memory/pages.h>
#include <memory/program.h>
#include <signals/signals.h>
#include <time/clock.h>

enum { EPOLL_ADD = 1, EPOLL_DELETE = 2, EPOLL_CHANGE = 3 };

/* What may be wanted together with EPOLLEXCLUSIVE. */
#define EXCLUSIVE_GOOD (POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

static struct pool pool = { .object_size = sizeof(struct epoll) };

static int open(struct file *file)
{
    struct epoll *epoll = file->node.object;

    epoll->file = file;
    return 0;
}

static unsigned ready(struct file *file)
{
    struct epoll *epoll = file->node.object;

    while (epoll->first_listed) {
        if (watch_ready(epoll->first_listed))
            return POLLIN | POLLRDNORM;
        watch_take(epoll);
    }
    return 0;
}

static struct wait_queue *queue(struct file *file)
{
    struct epoll *epoll = file->node.object;

    return &epoll->polling;
}

static void close(struct file *file)
{
    struct epoll *epoll = file->node.object;

    while (epoll->watches)
        watch_end(epoll->watches);
    pool_give(&pool, epoll);
}

const struct file_kind epoll_file = {
    .open = open, .seek = seek_nowhere, .ready = ready, .queue = queue, .close = close,
};

long epoll_open(int flags)
{
    struct node node = { .kind = &epoll_file, .permissions = 0600 };
    int descriptor;

    if (flags & ~O_CLOEXEC)
        return -EINVAL;
    node.object = pool_take(&pool);
    if (!node.object)
        return -ENOMEM;
    memset(node.object, 0, sizeof(struct epoll));
    descriptor = descriptor_open(&node, flags | O_RDWR);
    if (descriptor < 0)
        pool_give(&pool, node.object);
    return descriptor;
}

long epoll_open_sized(int size)
{
    return size > 0 ? epoll_open(0) : -EINVAL;
}

static int add(struct epoll *epoll, struct file *file, int fd, const struct epoll_event *event)
{
    if (event->events & EPOLLEXCLUSIVE && (epoll_of(file) || event->events & ~EXCLUSIVE_GOOD))
        return -EINVAL;
    if (!nesting_is_good(epoll, file))
        return -ELOOP;
    return watch_find(epoll, file, fd) ? -EEXIST : watch_add(epoll, file, fd, event);
}

long epoll_control(int epoll_fd, int operation, int fd, const struct epoll_event *event)
{
    struct file *list = descriptor_opened(epoll_fd), *file = descriptor_opened(fd);
    struct epoll_event wanted = { 0 };
    struct epoll *epoll;
    struct watch *watch;

    if (operation != EPOLL_DELETE && copy_from_program(&wanted, event, sizeof(wanted)))
        return -EFAULT;
    if (!list || !file)
        return -EBADF;
    if (!file->node.kind->ready)
        return -EPERM; /* of files that are always ready */
    epoll = epoll_of(list);
    if (!epoll || file == list)
        return -EINVAL;
    if (operation == EPOLL_ADD)
        return add(epoll, file, fd, &wanted);
    if (operation == EPOLL_CHANGE && wanted.events & EPOLLEXCLUSIVE)
        return -EINVAL;
    watch = watch_find(epoll, file, fd);
    if (operation != EPOLL_DELETE && operation != EPOLL_CHANGE)
        return -EINVAL;
    if (!watch)
        return -ENOENT;
    if (operation == EPOLL_DELETE) {
        watch_end(watch);
    } else {
        if (watch->events & EPOLLEXCLUSIVE)
            return -EINVAL;
        watch_change(watch, &wanted);
    }
    return 0;
}

/* What was ready at its turn, and is watched for that and not for a change, goes
 * behind the others, so that all get their turn when `most` are too few. */
static long collect(struct epoll *epoll, struct epoll_event *events, int most)
{
    struct watch *last = epoll->last_listed, *watch = NULL;
    int found = 0;

    while (found < most && watch != last) {
        unsigned now;

        if (!program_may_write(&events[found], sizeof(*events)))
            return found ? found : -EFAULT;
        watch = watch_take(epoll);
        now = watch_ready(watch);
        if (!now)
            continue;
        events[found++] = (struct epoll_event){ now, watch->data };
        if (watch->events & EPOLLONESHOT)
            watch_disarm(watch);
        else if (!(watch->events & EPOLLET))
            watch_list(watch);
    }
    if (found && epoll->first_listed)
        wake_some(&epoll->waiting, 0, 1);
    return found;
}

static long wait_until_ready(struct epoll *epoll, struct epoll_event *events, int most, uint64_t deadline)
{
    for (;;) {
        long found = collect(epoll, events, most);

        if (found || !deadline || deadline <= clock_monotonic())
            return found;
        if (wait_on(&epoll->waiting, 0, deadline) == WAKE_SIGNAL)
            return -EINTR;
    }
}

/* The list is kept for as long as somebody waits. */
static long wait_for_list(int epoll_fd, struct epoll_event *events, int most, uint64_t deadline,
                          const uint64_t *mask)
{
    struct file *file = descriptor_opened(epoll_fd);
    long found;

    if (most < 1 || most > INT32_MAX / (int)sizeof(*events))
        return -EINVAL;
    if (!program_may_write(events, sizeof(*events)))
        return -EFAULT;
    if (!file || !epoll_of(file))
        return file ? -EINVAL : -EBADF;
    if (mask && !program_may_read(mask, sizeof(*mask)))
        return -EFAULT;
    if (mask)
        signals_mask_until_handled(mask);
    file_hold(file);
    found = wait_until_ready(epoll_of(file), events, most, deadline);
    file_release(file);
    return found;
}

long epoll_wait(int epoll_fd, struct epoll_event *events, int most, int milliseconds, const uint64_t *mask)
{
    return wait_for_list(epoll_fd, events, most, clock_deadline_milliseconds(milliseconds), mask);
}

long epoll_wait_plain(int epoll_fd, struct epoll_event *events, int most, int milliseconds)
{
    return epoll_wait(epoll_fd, events, most, milliseconds, NULL);
}

long epoll_wait_exactly(int epoll_fd, struct epoll_event *events, int most, const struct timespec64 *timeout,
                        const uint64_t *mask)
{
    uint64_t deadline = NEVER;

    if (timeout && !program_may_read(timeout, sizeof(*timeout)))
        return -EFAULT;
    if (timeout && (timeout->seconds < 0 || (uint64_t)timeout->nanoseconds >= NANOSECONDS))
        return -EINVAL;
    if (timeout)
        deadline = clock_deadline(timeout->seconds, timeout->nanoseconds);
    return wait_for_list(epoll_fd, events, most, deadline, mask);
}
