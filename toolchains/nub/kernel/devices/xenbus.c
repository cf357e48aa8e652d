/*
 * The open file. Requests are done as soon as they have been written as a whole, in
 * how many parts whatever; none is waited for. A file whose connection has failed
 * can be read until nothing is left, and fails then.
 */
#include <devices/xenbus.h>
#include <memory/pages.h>

static void notice_failure(struct waiter *waiter, unsigned events)
{
    struct stream *stream = (struct stream *)((char *)waiter - offsetof(struct stream, failure));

    (void)events;
    stream->failed = true;
    wake_all(&stream->queue, 0);
}

static int open(struct file *file)
{
    struct stream *stream = kernel_take(sizeof(*stream));

    if (!stream)
        return -ENOMEM;
    memset(stream, 0, offsetof(struct stream, body));
    stream->queue.outside = true;
    stream->references = 1;
    stream->failed = xenstore_failed();
    stream->failure.notify = notice_failure;
    wait_join(&stream->failure, &xenstore_failure, 0);
    file->state = stream;
    return 0;
}

static long read(struct file *file, void *to, size_t size, uint64_t *position)
{
    struct stream *stream = file->state;

    (void)position;
    if (!size)
        return 0;
    if (!stream->first)
        return stream->failed ? -EIO : -EAGAIN;
    return stream_read(stream, to, size);
}

/* Takes no more than is missing of the request. */
static size_t collect(struct stream *stream, const char *from, size_t size)
{
    size_t header = sizeof(stream->header), at = stream->written;

    if (at < header) {
        size = smaller(size, header - at);
        memcpy((char *)&stream->header + at, from, size);
    } else {
        size = smaller(size, stream->header.len - (at - header));
        memcpy(stream->body + (at - header), from, size);
    }
    stream->written += size;
    return size;
}

static bool is_whole(const struct stream *stream)
{
    return stream->written >= sizeof(stream->header)
        && stream->written == sizeof(stream->header) + stream->header.len;
}

static bool is_too_long(const struct stream *stream)
{
    return stream->written >= sizeof(stream->header) && stream->header.len > sizeof(stream->body);
}

static long write(struct file *file, const void *from, size_t size, uint64_t *position)
{
    struct stream *stream = file->state;
    size_t done = 0;

    (void)position;
    while (done < size) {
        size_t taken;
        long error = 0;

        if (stream->failed)
            return done ? (long)done : -EIO;
        taken = collect(stream, (const char *)from + done, size - done);
        if (is_too_long(stream))
            error = -E2BIG;
        else if (is_whole(stream))
            error = stream_request(stream);
        if (error || is_whole(stream))
            stream->written = 0;
        if (error)
            return error;
        done += taken;
    }
    return done;
}

/* Linux never says that it can be written, although it always can. */
static unsigned ready(struct file *file)
{
    const struct stream *stream = file->state;

    return (stream->first || stream->failed ? POLLIN | POLLRDNORM : 0) | (stream->failed ? POLLERR : 0);
}

static struct wait_queue *queue(struct file *file)
{
    struct stream *stream = file->state;

    return &stream->queue;
}

static void close(struct file *file)
{
    struct stream *stream = file->state;

    stream->closed = true;
    wait_leave(&stream->failure);
    stream_end_transactions(stream);
    stream_end_watches(stream);
    stream_release(stream);
}

const struct file_kind xenbus_file = {
    .mode = S_IFCHR, .present = &xenstore_present, .open = open, .read = read, .write = write,
    .ready = ready, .queue = queue, .close = close,
};

/* Of the miscellaneous devices, as privcmd. */
DEVICE(xenbus, "dev/xen/xenbus", &xenbus_file, 0xa3d, 0600);
