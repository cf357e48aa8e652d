/*
 * /dev/xen/xenbus: each open file of it is a stream of requests to xenstore and of
 * what comes back, as if it were a connection of its own.
 */
#ifndef DEVICES_XENBUS_H
#define DEVICES_XENBUS_H

#include <files/files.h>
#include <xenstore/xenstore.h>

extern const struct file_kind xenbus_file;

/* A message that is to be read. */
struct message {
    struct message *next;
    size_t size; /* of what it was made for */
    struct xsd_sockmsg header;
    char body[];
};

/* A transaction that has begun. */
struct transaction {
    struct transaction *next;
    uint32_t number;
};

/* A watch with the program's own token. */
struct stream_watch {
    struct xenstore_watch watch;
    struct stream *stream;
    struct stream_watch *next;
    bool missed; /* an event for which there was no room */
    size_t path_size, token_size; /* with their zeroes */
    char path[]; /* and the token */
};

struct stream {
    struct wait_queue queue;
    struct waiter failure;
    unsigned references; /* the open file, and requests that are not answered */
    bool closed;
    bool failed; /* some of what it asked will not be answered */

    struct message *first, *last;
    size_t taken;  /* of the first, with its header */
    size_t events; /* bytes of watches' events that nobody has read */

    struct transaction *transactions;
    struct stream_watch *watches;

    /* What has been written of the next request. */
    size_t written;
    struct xsd_sockmsg header;
    char body[XENSTORE_PAYLOAD_MAX];
};

/* xenbus_stream.c: what is to be read. */
struct message *message_take(size_t length); /* NULL for want of memory */
void message_give(struct message *message);
void stream_add(struct stream *stream, struct message *message);
long stream_read(struct stream *stream, void *to, size_t size);
void stream_release(struct stream *stream);

/* xenbus_requests.c: does what has been written as a whole; 0 or an error number. */
long stream_request(struct stream *stream);
void stream_end_transactions(struct stream *stream);

/* xenbus_watches.c: the first two answer what stream_request() does. */
long stream_watch(struct stream *stream);
long stream_unwatch(struct stream *stream);
void stream_refused(struct stream *stream, uint32_t watch); /* by its number */
void stream_end_watches(struct stream *stream);
void stream_make_up(struct stream *stream); /* for events that were missed */

/* xenbus_requests.c: what the kernel answers itself, or asks for the program, whose
 * request is in the stream; of a watch that begins, with its number. */
long stream_answer(struct stream *stream, uint32_t type, const char *text);
long stream_ask(struct stream *stream, struct xenstore_request *request, uint32_t watch);

#endif
