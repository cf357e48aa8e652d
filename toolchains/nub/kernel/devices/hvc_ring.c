/*
 * The rings of a console, and how they come to be. Both indices of ours are kept here:
 * what stands in the page is for the backend to read, and it may write there too.
 */
#include <devices/hvc.h>
#include <linux/interface.h>
#include <time/clock.h>

/* How long a console waits for whoever is to serve it. */
#define PATIENCE 10000000000LL

static struct hvc *of(struct frontend *frontend)
{
    return (struct hvc *)frontend;
}

static void happened(void *context)
{
    wake_from_interrupt(&((struct hvc *)context)->queue);
}

static int found(struct frontend *frontend)
{
    of(frontend)->queue.outside = true;
    terminal_start(&of(frontend)->terminal);
    return 0;
}

static int offer(struct frontend *frontend)
{
    struct hvc *hvc = of(frontend);
    int error = frontend_ring_make(&hvc->ring, frontend->backend_domid, 1);

    if (!error)
        error = frontend_ring_listen(&hvc->ring, frontend->backend_domid, happened, hvc);
    if (error)
        return error;
    hvc->in = hvc->out = 0;
    frontend_write(frontend, "ring-ref", "%u", (unsigned)hvc->ring.refs[0]);
    frontend_write(frontend, "port", "%u", (unsigned)hvc->ring.port);
    return 0;
}

static int connect(struct frontend *frontend)
{
    wake_all(&of(frontend)->queue, 0);
    return 0;
}

static void end(struct frontend *frontend)
{
    frontend_ring_end(&of(frontend)->ring);
    wake_all(&of(frontend)->queue, 0);
}

static const struct frontend_calls calls = { .found = found, .offer = offer, .connect = connect, .end = end };

static struct frontend_class consoles = {
    .type = "console", .size = sizeof(struct hvc), .offered = XenbusStateInitialised, .calls = &calls,
};

int hvc_find(uint32_t number, struct hvc **hvc)
{
    uint64_t deadline = clock_monotonic() + PATIENCE;
    struct frontend *frontend;
    int error;

    frontends_begin(&consoles);
    error = frontends_settle(&consoles, deadline);
    frontend = error ? NULL : frontend_find(&consoles, number);
    if (!frontend)
        return -ENODEV;
    *hvc = of(frontend);
    return frontend_wait(frontend, deadline);
}

volatile struct xencons_interface *hvc_page(const struct hvc *hvc)
{
    return hvc->ring.memory;
}

bool hvc_connected(const struct hvc *hvc)
{
    return hvc->frontend.phase == FRONTEND_CONNECTED;
}

uint32_t hvc_waiting(struct hvc *hvc)
{
    uint32_t waiting;

    if (!hvc_connected(hvc))
        return 0;
    waiting = hvc_page(hvc)->in_prod - hvc->in;
    if (waiting <= sizeof(hvc_page(hvc)->in))
        return waiting;
    frontend_fail(&hvc->frontend, "its backend has written more than there is room for");
    return 0;
}

uint32_t hvc_room(struct hvc *hvc)
{
    uint32_t unread;

    if (!hvc_connected(hvc))
        return 0;
    unread = hvc->out - hvc_page(hvc)->out_cons;
    if (unread <= sizeof(hvc_page(hvc)->out))
        return sizeof(hvc_page(hvc)->out) - unread;
    frontend_fail(&hvc->frontend, "its backend has read what was not written");
    return 0;
}

size_t hvc_read(struct hvc *hvc, char *to, size_t size)
{
    size_t length = smaller(hvc_waiting(hvc), size);
    volatile struct xencons_interface *page = hvc_page(hvc);

    if (!length)
        return 0;
    barrier();
    for (size_t i = 0; i < length; i++)
        to[i] = page->in[hvc->in++ % sizeof(page->in)];
    barrier();
    page->in_cons = hvc->in;
    event_send(hvc->ring.port);
    return length;
}

size_t hvc_write(struct hvc *hvc, const char *from, size_t size)
{
    size_t length = smaller(hvc_room(hvc), size);
    volatile struct xencons_interface *page = hvc_page(hvc);

    if (!length)
        return 0;
    for (size_t i = 0; i < length; i++)
        page->out[hvc->out++ % sizeof(page->out)] = from[i];
    barrier();
    page->out_prod = hvc->out;
    event_send(hvc->ring.port);
    return length;
}

void hvc_drop_input(struct hvc *hvc)
{
    uint32_t waiting = hvc_waiting(hvc);

    if (!waiting)
        return;
    hvc->in += waiting;
    hvc_page(hvc)->in_cons = hvc->in;
    event_send(hvc->ring.port);
}
