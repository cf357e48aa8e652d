/*
 * Requests, and what comes back. Those that wait for an answer are in one list, in
 * the order in which they go into the ring; several threads put theirs there, and
 * none of them waits for room. What the daemon has done is seen when its event has
 * been noted, by whichever thread is in the kernel.
 */
#include <interrupts/events.h>
#include <linux/interface.h>
#include <memory/pages.h>
#include <xenstore/client.h>
#include <xenstore/ring.h>

bool xenstore_present;
struct wait_queue xenstore_failure;

static bool failed;
static uint32_t port;
static uint32_t last_number;

static struct xenstore_request *first, *last;
static struct xenstore_request *sending; /* the first that is not in the ring as a whole */

/* The message that is coming in. */
static struct {
    struct xsd_sockmsg header;
    size_t length; /* of what is there, with the header */
    struct xenstore_request *request;
    char body[XENSTORE_PAYLOAD_MAX + 1];
} incoming;

bool xenstore_failed(void)
{
    return failed;
}

struct xenstore_request *xenstore_request(uint32_t type, uint32_t transaction, size_t length)
{
    struct xenstore_request *request = kernel_take(sizeof(*request) + length);

    if (request)
        *request = (struct xenstore_request){ .header = { type, 0, transaction, length } };
    return request;
}

void xenstore_give(struct xenstore_request *request)
{
    kernel_give(request, sizeof(*request) + request->header.len);
}

void xenstore_tell(const char *path, const char *value, size_t length)
{
    size_t start = strlen(path) + 1;
    struct xenstore_request *request = xenstore_request(XS_WRITE, 0, start + length);

    if (!request)
        return;
    memcpy(request->body, path, start);
    memcpy(request->body + start, value, length);
    xenstore_send(request);
}

/* The request is in no list any more. */
static void answer(struct xenstore_request *request, uint32_t type, const char *body, size_t length)
{
    if (request->answered)
        request->answered(request, type, body, length);
    xenstore_give(request);
}

/* Whoever is told may already ask something else, and be told the same. */
static void fail_all(void)
{
    struct xenstore_request *request = first;

    first = last = sending = NULL;
    while (request) {
        struct xenstore_request *next = request->next;

        answer(request, XS_INVALID, "", 0);
        request = next;
    }
    wake_all(&xenstore_failure, 0);
}

static void fail(const char *why)
{
    print("nub: xenstore is not used any more: %s\n", why);
    failed = true;
    event_unbind(port);
    fail_all();
}

static size_t put_part(const struct xenstore_request *request)
{
    size_t sent = request->sent;

    if (sent < sizeof(request->header))
        return ring_put((const char *)&request->header + sent, sizeof(request->header) - sent);
    sent -= sizeof(request->header);
    return ring_put(request->body + sent, request->header.len - sent);
}

static bool is_sent(const struct xenstore_request *request)
{
    return request->sent == sizeof(request->header) + request->header.len;
}

/* As much as there is room for; has anything been put? */
static bool put_requests(void)
{
    bool any = false;

    while (sending) {
        size_t put = put_part(sending);

        any |= put;
        sending->sent += put;
        if (is_sent(sending))
            sending = sending->next;
        else if (!put)
            break;
    }
    return any;
}

static struct xenstore_request *find(uint32_t number)
{
    struct xenstore_request *request = first;

    while (request && request->header.req_id != number)
        request = request->next;
    return request;
}

static void unlink(struct xenstore_request *request)
{
    struct xenstore_request **link = &first, *previous = NULL;

    for (; *link != request; link = &(*link)->next)
        previous = *link;
    *link = request->next;
    if (last == request)
        last = previous;
}

void xenstore_send(struct xenstore_request *request)
{
    if (failed || !xenstore_present) {
        answer(request, XS_INVALID, "", 0);
        return;
    }
    do
        last_number++;
    while (!last_number || find(last_number));
    request->header.req_id = last_number;
    if (last)
        last->next = request;
    else
        first = request;
    last = request;
    if (!sending)
        sending = request;
    if (put_requests())
        event_send(port);
}

/* Can there be a message like this now? NULL, or why not. */
static const char *check_header(void)
{
    const struct xsd_sockmsg *header = &incoming.header;

    if (header->len > XENSTORE_PAYLOAD_MAX)
        return "a message is too long";
    incoming.request = NULL;
    if (header->type == XS_WATCH_EVENT)
        return NULL;
    incoming.request = find(header->req_id);
    if (!incoming.request)
        return "an answer is to nothing that was asked";
    if (!is_sent(incoming.request))
        return "an answer is to what it cannot have read";
    if (header->type != XS_ERROR && header->type != incoming.request->header.type)
        return "an answer is of another kind than the request";
    return NULL;
}

static const char *complete(void)
{
    size_t length = incoming.header.len;
    struct xenstore_request *request = incoming.request;

    incoming.length = 0;
    incoming.body[length] = '\0';
    if (!request)
        return watches_event(incoming.body, length);
    unlink(request);
    answer(request, incoming.header.type, incoming.body, length);
    return NULL;
}

/* Takes what there is of the message's header, or else of its body. */
static size_t get_part(void)
{
    size_t at = incoming.length;

    if (at < sizeof(incoming.header))
        return ring_get((char *)&incoming.header + at, sizeof(incoming.header) - at);
    at -= sizeof(incoming.header);
    return ring_get(incoming.body + at, incoming.header.len - at);
}

/* All that was there when the ring was looked at; has anything been taken? Asking
 * again, which those do who are told, may find that the ring is at its end. */
static bool get_messages(void)
{
    const char *wrong = NULL;
    bool any = false;
    size_t got;

    while (!failed && (got = get_part())) {
        any = true;
        incoming.length += got;
        if (incoming.length == sizeof(incoming.header))
            wrong = check_header();
        if (!wrong && incoming.length >= sizeof(incoming.header)
            && incoming.length == sizeof(incoming.header) + incoming.header.len)
            wrong = complete();
        if (wrong) {
            fail(wrong);
            return false;
        }
    }
    return any;
}

static void look(struct waiter *waiter, unsigned events)
{
    const char *wrong;
    bool any;

    (void)waiter;
    (void)events;
    if (failed)
        return;
    wrong = ring_look();
    if (wrong) {
        fail(wrong);
        return;
    }
    any = get_messages();
    if (failed)
        return;
    any |= put_requests();
    if (any)
        event_send(port);
}

/* The daemon's events. Whoever waits for what comes of them says so in a queue of
 * its own. */
static struct wait_queue events;
static struct waiter looker = { .notify = look };

static void happened(void *context)
{
    (void)context;
    wake_from_interrupt(&events);
}

void xenstore_use(struct xenstore_domain_interface *page, uint32_t its_port)
{
    if (xenstore_present && !failed) {
        failed = true;
        event_unbind(port);
        fail_all();
    }
    ring_use(page);
    port = its_port;
    incoming.length = 0;
    failed = false;
    wait_join(&looker, &events, 0);
    xenstore_present = !event_bind(port, happened, NULL);
    if (!xenstore_present)
        print("nub: xenstore's event channel, %u, cannot be used\n", (unsigned)port);
}
