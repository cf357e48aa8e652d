/*
 * Requests of a stream. Its numbers are the program's; what comes back gets them
 * again, whatever the daemon says.
 */
#include <devices/xenbus.h>
#include <memory/pages.h>

/* What is made for an answer before there is one. */
#define SHORT_ANSWER 16

/* Of a request that is on its way: who asked, and what its answer begins with. */
struct asked {
    struct stream *stream;
    struct message *message; /* has room for a short answer */
    uint32_t watch;          /* the number of the one that begins */
};

static struct pool pool = { .object_size = sizeof(struct asked) };

static bool has_transaction(const struct stream *stream, uint32_t number)
{
    const struct transaction *transaction = stream->transactions;

    while (transaction && transaction->number != number)
        transaction = transaction->next;
    return transaction;
}

static struct pool transactions = { .object_size = sizeof(struct transaction) };

/* One that cannot be remembered is ended, for nobody else will. */
static void begin(struct stream *stream, const char *answer, size_t length)
{
    uint32_t number = xenstore_transaction_number(answer, length);
    struct transaction *transaction = stream->closed ? NULL : pool_take(&transactions);

    if (!transaction) {
        xenstore_abandon(number);
        return;
    }
    *transaction = (struct transaction){ stream->transactions, number };
    stream->transactions = transaction;
}

static void end(struct stream *stream, uint32_t number)
{
    struct transaction **link = &stream->transactions, *transaction;

    while (*link && (*link)->number != number)
        link = &(*link)->next;
    transaction = *link;
    if (!transaction)
        return;
    *link = transaction->next;
    pool_give(&transactions, transaction);
}

void stream_end_transactions(struct stream *stream)
{
    while (stream->transactions) {
        uint32_t number = stream->transactions->number;

        end(stream, number);
        xenstore_abandon(number);
    }
}

static void fill(struct message *message, uint32_t type, const char *body, size_t length)
{
    message->header.type = type;
    message->header.len = length;
    memcpy(message->body, body, length);
}

/* The message in which the answer has room, or the news that there is no memory. */
static struct message *make_answer(struct message *message, uint32_t type, const char *answer, size_t length)
{
    if (length > SHORT_ANSWER) {
        struct message *larger = message_take(length);

        if (!larger) {
            fill(message, XS_ERROR, "ENOMEM", sizeof("ENOMEM"));
            return message;
        }
        larger->header = message->header;
        message_give(message);
        message = larger;
    }
    fill(message, type, answer, length);
    return message;
}

static void note_transaction(struct stream *stream, const struct xenstore_request *request, uint32_t type,
                             const char *answer, size_t length)
{
    if (type == XS_TRANSACTION_START)
        begin(stream, answer, length);
    if (request->header.type == XS_TRANSACTION_END)
        end(stream, request->header.tx_id);
}

static void answered(struct xenstore_request *request, uint32_t type, const char *answer, size_t length)
{
    struct asked *asked = request->context;
    struct stream *stream = asked->stream;

    note_transaction(stream, request, type, answer, length);
    if (asked->watch && type == XS_ERROR)
        stream_refused(stream, asked->watch);
    if (type == XS_INVALID)
        message_give(asked->message);
    else
        stream_add(stream, make_answer(asked->message, type, answer, length));
    pool_give(&pool, asked);
    stream_release(stream);
}

/* The message that will be the answer to what the program has written. */
static struct message *begin_answer(const struct stream *stream)
{
    struct message *message = message_take(SHORT_ANSWER);

    if (message)
        message->header = stream->header;
    return message;
}

long stream_answer(struct stream *stream, uint32_t type, const char *text)
{
    struct message *message = begin_answer(stream);

    if (!message)
        return -ENOMEM;
    fill(message, type, text, strlen(text) + 1);
    stream_add(stream, message);
    return 0;
}

long stream_ask(struct stream *stream, struct xenstore_request *request, uint32_t watch)
{
    struct asked *asked;
    struct message *message;

    if (!request)
        return -ENOMEM;
    asked = pool_take(&pool);
    message = begin_answer(stream);
    if (!asked || !message) {
        if (asked)
            pool_give(&pool, asked);
        if (message)
            message_give(message);
        xenstore_give(request);
        return -ENOMEM;
    }
    *asked = (struct asked){ stream, message, watch };
    request->answered = answered;
    request->context = asked;
    stream->references++;
    xenstore_send(request);
    return 0;
}

static bool ends_well(const struct stream *stream)
{
    const char *what = stream->body;

    return stream->header.len == 2 && (*what == 'T' || *what == 'F') && !what[1];
}

static long ask(struct stream *stream)
{
    const struct xsd_sockmsg *header = &stream->header;
    struct xenstore_request *request = xenstore_request(header->type, header->tx_id, header->len);

    if (request)
        memcpy(request->body, stream->body, header->len);
    return stream_ask(stream, request, 0);
}

/* XS_RESET_WATCHES would end everybody's. */
long stream_request(struct stream *stream)
{
    const struct xsd_sockmsg *header = &stream->header;

    if (header->type >= XS_TYPE_COUNT || header->type == XS_RESET_WATCHES)
        return stream_answer(stream, XS_ERROR, "ENOSYS");
    if (header->type == XS_WATCH)
        return stream_watch(stream);
    if (header->type == XS_UNWATCH)
        return stream_unwatch(stream);
    if (header->tx_id && !has_transaction(stream, header->tx_id))
        return stream_answer(stream, XS_ERROR, "ENOENT");
    if (header->type == XS_TRANSACTION_END && !ends_well(stream))
        return stream_answer(stream, XS_ERROR, "EINVAL");
    return ask(stream);
}
