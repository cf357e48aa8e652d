/*
 * A thread that waits for its answer, for a while. Who gave up leaves the request to
 * itself: it may be answered at any time, or never.
 */
#include <linux/interface.h>
#include <time/clock.h>
#include <xenstore/calls.h>
#include <xenstore/client.h>

/* A daemon that answers nothing for so long is not going to. */
#define PATIENCE 30000000000ULL

struct call {
    struct wait_queue queue;
    bool done;
    long result;
    char *answer;
    size_t size;
};

static long result_of(const struct call *call, uint32_t type, const char *answer, size_t length)
{
    if (type == XS_INVALID)
        return -EIO;
    if (type == XS_ERROR)
        return -error_named(answer);
    if (length >= call->size)
        return -E2BIG;
    memcpy(call->answer, answer, length + 1);
    return length;
}

static void answered(struct xenstore_request *request, uint32_t type, const char *answer, size_t length)
{
    struct call *call = request->context;

    if (call) {
        call->result = result_of(call, type, answer, length);
        call->done = true;
        wake_all(&call->queue, 0);
    } else if (type == XS_TRANSACTION_START) {
        xenstore_abandon(xenstore_transaction_number(answer, length));
    }
}

static long give_up(struct xenstore_request *request, enum wake why)
{
    request->context = NULL;
    return why == WAKE_TIMEOUT ? -ETIMEDOUT : -EINTR;
}

long xenstore_ask_with(struct xenstore_request *request, char *answer, size_t size)
{
    struct call call = { .queue.outside = true, .answer = answer, .size = size };
    uint64_t deadline = clock_monotonic() + PATIENCE;

    request->answered = answered;
    request->context = &call;
    xenstore_send(request);
    while (!call.done) {
        enum wake why = wait_on(&call.queue, 0, deadline);

        if (why != WAKE_EVENT && !call.done)
            return give_up(request, why);
    }
    return call.result;
}

long xenstore_ask(uint32_t type, uint32_t transaction, const struct part *parts, size_t count, char *answer, size_t size)
{
    struct xenstore_request *request;
    size_t length = 0;

    for (size_t i = 0; i < count; i++)
        length += parts[i].length;
    if (!xenstore_present)
        return -ENODEV;
    if (length > XENSTORE_PAYLOAD_MAX)
        return -E2BIG;
    request = xenstore_request(type, transaction, length);
    if (!request)
        return -ENOMEM;
    length = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(request->body + length, parts[i].bytes, parts[i].length);
        length += parts[i].length;
    }
    return xenstore_ask_with(request, answer, size);
}
