/*
 * See net_queue.h. Our own indices are kept here and never read from the page. The number of a
 * request is that of its buffer.
 */
#include <network/net_queue.h>
#include <linux/interface.h>
#include <memory/grants.h>

/* How often it is looked for a frame among what is dropped: the backend may never stop. */
#define LOOKS 4

/* A backend that keeps what it has been lent, and begins again, gets nothing more. */
#define MOST_KEPT (4 * NET_BUFFERS)

_Static_assert(offsetof(struct netif_tx_sring, ring[NET_RING_SIZE]) <= PAGE_SIZE, "it fits");
_Static_assert(offsetof(struct netif_rx_sring, ring[NET_RING_SIZE]) <= PAGE_SIZE, "it fits");
_Static_assert(NET_BUFFERS <= NET_RING_SIZE && NET_BUFFERS <= UINT8_MAX + 1U, "each has a place, and a number");

static volatile struct netif_tx_sring *tx_ring(const struct net_queue *queue)
{
    return queue->tx_page.memory;
}

static volatile struct netif_rx_sring *rx_ring(const struct net_queue *queue)
{
    return queue->rx_page.memory;
}

/* All that has been written before is seen before the index, and what is read afterwards is
 * newer. The backend may run on another processor. */
static void memory_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void push(volatile RING_IDX *shared, const volatile RING_IDX *wanted, RING_IDX now, RING_IDX *pushed,
                 uint32_t port)
{
    RING_IDX before = *pushed;

    memory_fence();
    *shared = *pushed = now;
    memory_fence();
    if (now - *wanted < now - before)
        event_send(port);
}

/* Without a channel of its own, its events go the way of the other ring's. */
static uint32_t rx_port(const struct net_queue *queue)
{
    return queue->rx_page.port ? queue->rx_page.port : queue->tx_page.port;
}

static bool make_buffers(struct net_buffer *buffers, uint16_t domid, bool readonly)
{
    for (unsigned i = 0; i < NET_BUFFERS; i++) {
        pfn page = page_take();
        int ref = page == NO_PAGE ? -ENOMEM : grant_access(domid, page, readonly);

        if (ref < 0) {
            if (page != NO_PAGE)
                page_give(page);
            return false;
        }
        buffers[i] = (struct net_buffer){ .bytes = page_address(page), .ref = ref };
    }
    return true;
}

static void end_buffers(struct net_buffer *buffers)
{
    for (unsigned i = 0; i < NET_BUFFERS && buffers[i].bytes; i++) {
        grant_end(buffers[i].ref);
        page_give(page_at_address(buffers[i].bytes));
    }
}

/* Offers a buffer for a frame. */
static void offer(struct net_queue *queue, unsigned number)
{
    unsigned place = queue->rx_prod++ % NET_RING_SIZE;

    rx_ring(queue)->ring[place].req = (struct netif_rx_request){ .id = number, .gref = queue->rx[number].ref };
    queue->rx_at[place] = number;
    queue->rx[number].lent = true;
}

static void push_offers(struct net_queue *queue)
{
    volatile struct netif_rx_sring *ring = rx_ring(queue);

    push(&ring->req_prod, &ring->req_event, queue->rx_prod, &queue->rx_pushed, rx_port(queue));
}

static int make(struct net_queue *queue, uint16_t domid, bool split, event_handler *handler, void *context)
{
    int error = frontend_ring_make(&queue->tx_page, domid, 1);

    if (!error)
        error = frontend_ring_make(&queue->rx_page, domid, 1);
    if (!error && grants_lingering() > MOST_KEPT)
        error = -EBUSY;
    if (!error && (!make_buffers(queue->tx, domid, true) || !make_buffers(queue->rx, domid, false)))
        error = -ENOMEM;
    if (!error)
        error = frontend_ring_listen(&queue->tx_page, domid, handler, context);
    if (!error && split)
        error = frontend_ring_listen(&queue->rx_page, domid, handler, context);
    return error;
}

int net_queue_make(struct net_queue *queue, uint16_t domid, bool split, event_handler *handler, void *context)
{
    int error;

    memset(queue, 0, sizeof(*queue));
    error = make(queue, domid, split, handler, context);
    if (error) {
        net_queue_end(queue);
        return error;
    }
    tx_ring(queue)->req_event = tx_ring(queue)->rsp_event = 1;
    rx_ring(queue)->req_event = rx_ring(queue)->rsp_event = 1;
    for (unsigned i = 0; i < NET_BUFFERS; i++)
        offer(queue, i);
    push_offers(queue);
    return 0;
}

void net_queue_end(struct net_queue *queue)
{
    frontend_ring_end(&queue->tx_page);
    frontend_ring_end(&queue->rx_page);
    end_buffers(queue->tx);
    end_buffers(queue->rx);
    memset(queue, 0, sizeof(*queue));
}

/* The backend's index, if it can be; else ours. */
static RING_IDX responses(struct net_queue *queue, const volatile RING_IDX *shared, RING_IDX prod, RING_IDX cons)
{
    RING_IDX index = *shared;

    memory_fence();
    if (index - cons <= prod - cons)
        return index;
    queue->broken = "it has answered what was not asked";
    return cons;
}

static void sent(struct net_queue *queue, struct netif_tx_response response)
{
    struct net_buffer *buffer = &queue->tx[response.id % NET_BUFFERS];

    if (response.id >= NET_BUFFERS || !buffer->lent) {
        queue->broken = "it has sent what it was not given";
        return;
    }
    buffer->lent = false;
    queue->tx_lent--;
    queue->tx_bytes -= buffer->size;
}

static void take_sent(struct net_queue *queue)
{
    volatile struct netif_tx_sring *ring = tx_ring(queue);
    RING_IDX end = responses(queue, &ring->rsp_prod, queue->tx_prod, queue->tx_cons);

    while (queue->tx_cons != end && !queue->broken)
        sent(queue, ring->ring[queue->tx_cons++ % NET_RING_SIZE].rsp);
}

static bool has_room(const struct net_queue *queue, size_t limit)
{
    return !queue->broken && queue->tx_lent < NET_BUFFERS && queue->tx_bytes < limit;
}

bool net_may_send(struct net_queue *queue, size_t limit)
{
    if (queue->broken)
        return false;
    take_sent(queue);
    if (has_room(queue, limit))
        return true;
    tx_ring(queue)->rsp_event = queue->tx_cons + 1;
    memory_fence();
    take_sent(queue);
    return has_room(queue, limit);
}

static unsigned unused_buffer(const struct net_queue *queue)
{
    unsigned number = queue->tx_prod % NET_BUFFERS;

    while (queue->tx[number].lent)
        number = (number + 1) % NET_BUFFERS;
    return number;
}

void net_send(struct net_queue *queue, const void *frame, size_t size)
{
    volatile struct netif_tx_sring *ring = tx_ring(queue);
    unsigned number = unused_buffer(queue);
    struct net_buffer *buffer = &queue->tx[number];

    memcpy(buffer->bytes, frame, size);
    buffer->size = size;
    buffer->lent = true;
    queue->tx_lent++;
    queue->tx_bytes += size;
    ring->ring[queue->tx_prod++ % NET_RING_SIZE].req =
        (struct netif_tx_request){ .gref = buffer->ref, .id = number, .size = size };
    push(&ring->req_prod, &ring->req_event, queue->tx_prod, &queue->tx_pushed, queue->tx_page.port);
}

/* Is it a whole frame as it was asked for, in this entry alone? */
static bool is_frame(const struct netif_rx_response *response)
{
    return !(response->flags & ~NETRXF_data_validated) && response->status >= (int)NET_HEADER
        && response->offset + (size_t)response->status <= PAGE_SIZE;
}

/* What tells more of a frame takes the place of an answer, and has no number. */
static void look_at(struct net_queue *queue, union netif_rx_sring_entry entry, unsigned number)
{
    struct netif_rx_response *response = &entry.rsp;
    struct netif_extra_info extra;
    bool good;

    if (queue->rx_extra) {
        memcpy(&extra, &entry, sizeof(extra));
        queue->rx_extra = extra.flags & XEN_NETIF_EXTRA_FLAG_MORE;
        offer(queue, number);
        return;
    }
    if (response->id != number) {
        queue->broken = "it has received into what it was not given";
        return;
    }
    good = !queue->rx_rest && is_frame(response);
    queue->rx_extra = response->flags & NETRXF_extra_info;
    queue->rx_rest = response->flags & NETRXF_more_data;
    if (!good) {
        queue->dropped++;
        offer(queue, number);
        return;
    }
    queue->rx[number].lent = false;
    queue->rx_has = true;
    queue->rx_buffer = number;
    queue->rx_offset = response->offset;
    queue->rx_length = response->status;
}

/* Looks at what there is until there is a frame. */
static void look(struct net_queue *queue)
{
    volatile struct netif_rx_sring *ring = rx_ring(queue);
    RING_IDX end = responses(queue, &ring->rsp_prod, queue->rx_prod, queue->rx_cons);

    while (queue->rx_cons != end && !queue->broken && !queue->rx_has) {
        unsigned place = queue->rx_cons++ % NET_RING_SIZE;

        look_at(queue, ring->ring[place], queue->rx_at[place]);
    }
    if (queue->rx_prod != queue->rx_pushed)
        push_offers(queue);
}

/* Looks; if there is nothing, there will be an event. Has the backend been quick enough to make
 * that untrue? */
static bool look_or_listen(struct net_queue *queue)
{
    volatile struct netif_rx_sring *ring = rx_ring(queue);

    look(queue);
    if (queue->rx_has || queue->broken)
        return false;
    ring->rsp_event = queue->rx_cons + 1;
    memory_fence();
    return ring->rsp_prod != queue->rx_cons;
}

size_t net_received(struct net_queue *queue)
{
    queue->rx_unseen = !queue->rx_has && !queue->broken;
    for (int i = 0; i < LOOKS && queue->rx_unseen; i++)
        queue->rx_unseen = look_or_listen(queue);
    return queue->rx_has && !queue->broken ? queue->rx_length : 0;
}

/* The backend may still write there, but not to what is copied. */
void net_receive(struct net_queue *queue, void *to, size_t size)
{
    memcpy(to, queue->rx[queue->rx_buffer].bytes + queue->rx_offset, size);
    queue->rx_has = false;
    offer(queue, queue->rx_buffer);
    push_offers(queue);
}
