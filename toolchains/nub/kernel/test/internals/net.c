/*
 * A device through which a program tries the kernel's rings of a network interface, and is the
 * backend itself, in the initial domain. The backend's event channel is this domain's, and events are
 * counted.
 */
#include <network/net_queue.h>
#include <files/files.h>
#include <memory/grants.h>
#include "net.h"

#define INITIAL_DOMAIN 0

static struct net_queue queue;
static int backend_port;
static volatile unsigned events;

static void happened(void *context)
{
    (void)context;
}

static void backend_happened(void *context)
{
    (void)context;
    events++;
}

static void end(void)
{
    if (!net_queue_is_there(&queue))
        return;
    net_queue_end(&queue);
    event_close(backend_port);
}

static long start(struct net_request *with)
{
    int error;

    _Static_assert(BUFFERS == NET_BUFFERS, "as the program has it");
    end();
    error = net_queue_make(&queue, INITIAL_DOMAIN, false, happened, NULL);
    if (error)
        return error;
    backend_port = event_bind_interdomain(INITIAL_DOMAIN, queue.tx_page.port, backend_happened, NULL);
    with->tx_ring = queue.tx_page.memory;
    with->rx_ring = queue.rx_page.memory;
    for (unsigned i = 0; i < BUFFERS; i++) {
        with->tx[i] = queue.tx[i].bytes;
        with->rx[i] = queue.rx[i].bytes;
        with->tx_refs[i] = queue.tx[i].ref;
        with->rx_refs[i] = queue.rx[i].ref;
    }
    return 0;
}

static long send(const struct net_request *with)
{
    if (!net_may_send(&queue, with->limit))
        return 0;
    net_send(&queue, with->bytes, with->size);
    return 1;
}

static long receive(const struct net_request *with)
{
    size_t length = net_received(&queue);

    if (length)
        net_receive(&queue, with->bytes, smaller(length, with->size));
    return length;
}

static long tell(struct net_request *with)
{
    with->broken = queue.broken != NULL;
    with->tx_lent = queue.tx_lent;
    with->tx_bytes = queue.tx_bytes;
    with->dropped = queue.dropped;
    with->unseen = queue.rx_unseen;
    with->lingering = grants_lingering();
    with->unused_pages = pages_unused();
    with->events = __atomic_exchange_n(&events, 0, __ATOMIC_SEQ_CST);
    return 0;
}

static long ioctl(struct file *file, unsigned long request, void *argument)
{
    (void)file;
    switch (request) {
    case NET_START: return start(argument);
    case NET_END: return end(), 0;
    case NET_SEND: return send(argument);
    case NET_RECEIVE: return receive(argument);
    case NET_STATE: return tell(argument);
    default: return -ENOTTY;
    }
}

static const struct file_kind net_file = { .mode = S_IFCHR, .ioctl = ioctl };

DEVICE(net, "dev/netif", &net_file, 0xf000, 0600);
