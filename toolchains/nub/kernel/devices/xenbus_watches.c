/*
 * Watches of a stream. On the ring they have tokens of the kernel's, so that streams
 * may use the same.
 *
 * What nobody reads is kept up to some size. A watch that has more events then gets
 * one more when there is room again, of the path that it watches: it says that
 * anything there may have changed, as the first event of a watch does.
 */
#include <devices/xenbus.h>
#include <memory/pages.h>

#define MOST_EVENTS (256UL << 10)

static const char *token_of(const struct stream_watch *watch)
{
    return watch->path + watch->path_size;
}

static bool add_event(struct stream_watch *watch, const char *path)
{
    size_t path_size = strlen(path) + 1;
    struct message *message;

    if (watch->stream->events >= MOST_EVENTS)
        return false;
    message = message_take(path_size + watch->token_size);
    if (!message)
        return false;
    message->header = (struct xsd_sockmsg){ .type = XS_WATCH_EVENT, .len = path_size + watch->token_size };
    memcpy(message->body, path, path_size);
    memcpy(message->body + path_size, token_of(watch), watch->token_size);
    stream_add(watch->stream, message);
    return true;
}

static void changed(struct xenstore_watch *its, const char *path)
{
    struct stream_watch *watch = (struct stream_watch *)its;

    if (!watch->missed)
        watch->missed = !add_event(watch, path);
}

void stream_make_up(struct stream *stream)
{
    if (stream->events > MOST_EVENTS / 2)
        return;
    for (struct stream_watch *watch = stream->watches; watch; watch = watch->next)
        if (watch->missed)
            watch->missed = !add_event(watch, watch->path);
}

/* The sizes of the two strings with which the request begins; false: there are not
 * two, or the first is no path. */
static bool measure(const struct stream *stream, size_t *path_size, size_t *token_size)
{
    size_t at = 0, ends[2], count = 0;

    for (; at < stream->header.len && count < 2; at++)
        if (!stream->body[at])
            ends[count++] = at + 1;
    if (count < 2)
        return false;
    *path_size = ends[0];
    *token_size = ends[1] - ends[0];
    return ends[0] <= XENSTORE_ABS_PATH_MAX + 1;
}

static size_t size_of(const struct stream_watch *watch)
{
    return sizeof(*watch) + watch->path_size + watch->token_size;
}

static struct stream_watch *make(struct stream *stream, size_t path_size, size_t token_size)
{
    struct stream_watch *watch = kernel_take(sizeof(*watch) + path_size + token_size);

    if (!watch)
        return NULL;
    *watch = (struct stream_watch){
        .watch.changed = changed, .stream = stream, .path_size = path_size, .token_size = token_size,
    };
    memcpy(watch->path, stream->body, path_size + token_size);
    return watch;
}

static void end(struct stream_watch *watch)
{
    struct stream_watch **link = &watch->stream->watches;

    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    xenstore_watch_remove(&watch->watch);
    kernel_give(watch, size_of(watch));
}

void stream_refused(struct stream *stream, uint32_t number)
{
    struct stream_watch *watch = stream->watches;

    while (watch && watch->watch.number != number)
        watch = watch->next;
    if (watch)
        end(watch);
}

long stream_watch(struct stream *stream)
{
    size_t path_size, token_size;
    struct stream_watch *watch;
    long error;

    if (!measure(stream, &path_size, &token_size))
        return stream_answer(stream, XS_ERROR, "EINVAL");
    watch = make(stream, path_size, token_size);
    if (!watch)
        return -ENOMEM;
    watch->next = stream->watches;
    stream->watches = watch;
    xenstore_watch_add(&watch->watch);
    error = stream_ask(stream, xenstore_watch_request(XS_WATCH, &watch->watch, watch->path),
                       watch->watch.number);
    if (error)
        end(watch);
    return error;
}

static struct stream_watch *find(const struct stream *stream, size_t path_size, size_t token_size)
{
    struct stream_watch *watch = stream->watches;

    for (; watch; watch = watch->next)
        if (watch->path_size == path_size && watch->token_size == token_size
            && !memcmp(watch->path, stream->body, path_size + token_size))
            break;
    return watch;
}

/* As Linux has it, there is no harm in ending a watch that is none. */
long stream_unwatch(struct stream *stream)
{
    size_t path_size, token_size;
    struct stream_watch *watch;
    long error;

    if (!measure(stream, &path_size, &token_size))
        return stream_answer(stream, XS_ERROR, "EINVAL");
    watch = find(stream, path_size, token_size);
    if (!watch)
        return stream_answer(stream, XS_UNWATCH, "OK");
    error = stream_ask(stream, xenstore_watch_request(XS_UNWATCH, &watch->watch, watch->path), 0);
    if (!error)
        end(watch);
    return error;
}

void stream_end_watches(struct stream *stream)
{
    while (stream->watches) {
        struct stream_watch *watch = stream->watches;
        struct xenstore_request *request = xenstore_watch_request(XS_UNWATCH, &watch->watch, watch->path);

        if (request)
            xenstore_send(request);
        end(watch);
    }
}
