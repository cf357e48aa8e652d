/*
 * eventfd: a counter that can be waited for.
 */
#include <files/calls.h>
#include <files/files.h>
#include <memory/pages.h>

#define MOST (~0ULL - 1)

struct event {
    struct wait_queue queue;
    uint64_t count;
    bool one_at_a_time;
};

static struct pool pool = { .object_size = sizeof(struct event) };

static long read_event(struct file *file, void *to, size_t size, uint64_t *position)
{
    struct event *event = file->node.object;
    uint64_t value = event->one_at_a_time ? 1 : event->count;

    (void)position;
    if (size < sizeof(value))
        return -EINVAL;
    if (!event->count)
        return -EAGAIN;
    event->count -= value;
    memcpy(to, &value, sizeof(value));
    wake_all(&event->queue, POLLOUT);
    return sizeof(value);
}

static long write_event(struct file *file, const void *from, size_t size, uint64_t *position)
{
    struct event *event = file->node.object;
    uint64_t value;

    (void)position;
    if (size < sizeof(value))
        return -EINVAL;
    memcpy(&value, from, sizeof(value));
    if (value > MOST)
        return -EINVAL;
    if (MOST - event->count < value)
        return -EAGAIN;
    event->count += value;
    wake_all(&event->queue, POLLIN);
    return sizeof(value);
}

static unsigned ready(struct file *file)
{
    struct event *event = file->node.object;

    return (event->count ? POLLIN : 0) | (event->count < MOST ? POLLOUT : 0);
}

static struct wait_queue *queue(struct file *file)
{
    struct event *event = file->node.object;

    return &event->queue;
}

static void close(struct file *file)
{
    pool_give(&pool, file->node.object);
}

static const struct file_kind event_file = {
    .read = read_event, .write = write_event, .seek = seek_nowhere, .ready = ready, .queue = queue, .close = close,
};

long event_open(unsigned count, int flags)
{
    enum { EFD_SEMAPHORE = 1 };
    struct event *event;
    struct node node = { .kind = &event_file, .permissions = 0600 };
    int descriptor;

    if (flags & ~(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC))
        return -EINVAL;
    node.object = event = pool_take(&pool);
    if (!event)
        return -ENOMEM;
    *event = (struct event){ .count = count, .one_at_a_time = flags & EFD_SEMAPHORE };
    descriptor = descriptor_open(&node, (flags & (O_NONBLOCK | O_CLOEXEC)) | O_RDWR);
    if (descriptor < 0)
        pool_give(&pool, event);
    return descriptor;
}

long event_open_plain(unsigned count)
{
    return event_open(count, 0);
}
