/*
 * What is to be read from a stream: messages one behind the other, whatever the size
 * of what reads them.
 */
#include <devices/xenbus.h>
#include <memory/pages.h>

struct message *message_take(size_t length)
{
    struct message *message = kernel_take(sizeof(*message) + length);

    if (message) {
        message->next = NULL;
        message->size = sizeof(*message) + length;
    }
    return message;
}

void message_give(struct message *message)
{
    kernel_give(message, message->size);
}

void stream_add(struct stream *stream, struct message *message)
{
    if (stream->closed) {
        message_give(message);
        return;
    }
    if (stream->first)
        stream->last->next = message;
    else
        stream->first = message;
    stream->last = message;
    if (message->header.type == XS_WATCH_EVENT)
        stream->events += message->size;
    wake_all(&stream->queue, POLLIN | POLLRDNORM);
}

static void drop_first(struct stream *stream)
{
    struct message *message = stream->first;

    stream->first = message->next;
    stream->taken = 0;
    if (message->header.type == XS_WATCH_EVENT)
        stream->events -= message->size;
    message_give(message);
}

long stream_read(struct stream *stream, void *to, size_t size)
{
    size_t done = 0;

    while (done < size && stream->first) {
        const struct message *message = stream->first;
        size_t whole = sizeof(message->header) + message->header.len;
        size_t part = smaller(size - done, whole - stream->taken);

        memcpy((char *)to + done, (const char *)&message->header + stream->taken, part);
        done += part;
        stream->taken += part;
        if (stream->taken == whole)
            drop_first(stream);
    }
    stream_make_up(stream);
    return done;
}

void stream_release(struct stream *stream)
{
    if (--stream->references)
        return;
    while (stream->first)
        drop_first(stream);
    kernel_give(stream, sizeof(*stream));
}
