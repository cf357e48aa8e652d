/*
 * epoll: a list of files to wait for that the kernel keeps. It is always
 * level-triggered, which a program that asked for edges takes for more edges.
 */
#include <files/calls.h>
#include <files/files.h>
#include <memory/pages.h>
#include <signals/signals.h>
#include <time/clock.h>

enum { EPOLL_ADD = 1, EPOLL_DELETE = 2, EPOLL_CHANGE = 3 };

/* A watched descriptor; with EPOLLONESHOT it is watched for one event only. */
#define ONE_SHOT (1u << 30)

struct watch {
    struct watch *next;
    struct file *file;
    int fd;
    struct epoll_event event;
};

struct epoll {
    struct watch *first;
};

static struct pool epolls = { .object_size = sizeof(struct epoll) };
static struct pool watches = { .object_size = sizeof(struct watch) };

static unsigned watch_ready(const struct watch *watch)
{
    /* The descriptor may have been closed, or closed and used again. */
    if (descriptor_file(watch->fd) != watch->file)
        return 0;
    return file_ready(watch->file, watch->event.events);
}

static unsigned epoll_ready(struct file *file)
{
    struct epoll *epoll = file->node.object;

    for (struct watch *watch = epoll->first; watch; watch = watch->next)
        if (watch_ready(watch))
            return POLLIN;
    return 0;
}

static void epoll_close(struct file *file)
{
    struct epoll *epoll = file->node.object;

    while (epoll->first) {
        struct watch *watch = epoll->first;

        epoll->first = watch->next;
        pool_give(&watches, watch);
    }
    pool_give(&epolls, epoll);
}

static const struct file_kind epoll_file = { .ready = epoll_ready, .close = epoll_close, .outside = true };

long epoll_open(int flags)
{
    struct epoll *epoll = pool_take(&epolls);
    struct node node = { .kind = &epoll_file, .object = epoll, .permissions = 0600 };
    int descriptor;

    if (!epoll)
        return -ENOMEM;
    epoll->first = NULL;
    descriptor = descriptor_open(&node, (flags & O_CLOEXEC) | O_RDWR);
    if (descriptor < 0)
        pool_give(&epolls, epoll);
    return descriptor;
}

static struct epoll *find(int fd)
{
    struct file *file = descriptor_file(fd);

    return file && file->node.kind == &epoll_file ? file->node.object : NULL;
}

long epoll_control(int epoll_fd, int operation, int fd, const struct epoll_event *event)
{
    struct epoll *epoll = find(epoll_fd);
    struct file *file = descriptor_file(fd);
    struct watch **link, *watch;

    if (!epoll || !file || epoll_fd == fd)
        return !file ? -EBADF : -EINVAL;
    if (!file->node.kind->ready)
        return -EPERM; /* of files that are always ready */
    link = &epoll->first;
    while (*link && ((*link)->fd != fd || (*link)->file != file))
        link = &(*link)->next;
    watch = *link;
    if ((operation == EPOLL_ADD) == !!watch)
        return watch ? -EEXIST : -ENOENT;
    if (operation == EPOLL_DELETE) {
        *link = watch->next;
        pool_give(&watches, watch);
        return 0;
    }
    if (!watch) {
        watch = pool_take(&watches);
        if (!watch)
            return -ENOMEM;
        *watch = (struct watch){ .file = file, .fd = fd };
        *link = watch;
    }
    watch->event = *event;
    readiness_changed();
    return 0;
}

static long collect(struct epoll *epoll, struct epoll_event *events, int most, bool *outside)
{
    int found = 0;

    *outside = false;
    for (struct watch *watch = epoll->first; watch && found < most; watch = watch->next) {
        unsigned ready = watch_ready(watch);

        *outside |= watch->file->node.kind->outside && descriptor_file(watch->fd) == watch->file;
        if (!ready)
            continue;
        events[found].events = ready;
        events[found++].data = watch->event.data;
        if (watch->event.events & ONE_SHOT)
            watch->event.events = 0;
    }
    return found;
}

long epoll_wait(int epoll_fd, struct epoll_event *events, int most, int milliseconds, const uint64_t *mask)
{
    struct epoll *epoll = find(epoll_fd);
    uint64_t deadline = milliseconds < 0 ? NEVER : clock_deadline(milliseconds / 1000, milliseconds % 1000 * 1000000);

    if (!epoll || most < 1)
        return -EINVAL;
    if (mask)
        signals_mask_until_handled(mask);
    for (;;) {
        bool outside;
        long found = collect(epoll, events, most, &outside);

        if (found || deadline <= clock_monotonic())
            return found;
        if (readiness_wait(outside, deadline) == WAKE_SIGNAL)
            return -EINTR;
    }
}

long epoll_wait_plain(int epoll_fd, struct epoll_event *events, int most, int milliseconds)
{
    return epoll_wait(epoll_fd, events, most, milliseconds, NULL);
}

long epoll_open_sized(int size)
{
    return size > 0 ? epoll_open(0) : -EINVAL;
}
