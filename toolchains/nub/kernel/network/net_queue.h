/*
 * The rings of a network interface, and the pages that its frames are in: each of them is lent to
 * the backend for as long as the interface is connected, and whole frames are copied in and out.
 *
 * What the backend writes may be anything. Indices and entries are read once and have to be
 * possible; what cannot be breaks the queue, for good, and nothing is done with it any more. A
 * frame that could be, but that nobody has asked for in this form, is dropped.
 */
#ifndef NETWORK_NET_QUEUE_H
#define NETWORK_NET_QUEUE_H

#include <frontends/frontend.h>
#include <xen/netif.h>

#define NET_RING_SIZE 256U /* entries that fit into a page, of both rings */
#define NET_BUFFERS 64U    /* pages for each direction */
#define NET_HEADER 14UL    /* of an ethernet frame, which is not shorter */
#define NET_LONGEST PAGE_SIZE

struct net_buffer {
    char *bytes;
    uint32_t ref;
    bool lent;     /* it is the backend's turn */
    uint16_t size; /* of the frame in it, while it is being sent */
};

struct net_queue {
    struct frontend_ring tx_page, rx_page;
    const char *broken; /* why, or NULL */

    struct net_buffer tx[NET_BUFFERS];
    RING_IDX tx_prod, tx_pushed, tx_cons; /* put there, shown to the backend, answered */
    unsigned tx_lent;
    size_t tx_bytes; /* of the frames that are being sent */

    struct net_buffer rx[NET_BUFFERS];
    RING_IDX rx_prod, rx_pushed, rx_cons;
    uint8_t rx_at[NET_RING_SIZE]; /* which buffer was offered there */
    bool rx_extra, rx_rest;       /* the next entry tells more of the frame before; has more of it */
    bool rx_unseen;               /* some were dropped, and what is behind has not been looked at */
    bool rx_has;                  /* a frame that nobody has taken: */
    uint8_t rx_buffer;
    uint16_t rx_offset, rx_length;

    uint64_t dropped; /* received frames of a form that was not asked for */
};

/* Makes all of it, or answers with an error and makes nothing. With `split` there is an event
 * channel for each ring. The handler gets the context; whoever hears of an event looks. */
int net_queue_make(struct net_queue *queue, uint16_t domid, bool split, event_handler *handler, void *context);

/* The pages return when the backend has let go of them. */
void net_queue_end(struct net_queue *queue);

/* Has it been made? */
static inline bool net_queue_is_there(const struct net_queue *queue)
{
    return queue->tx_page.memory;
}

/* Could a frame be sent, with less than `limit` bytes on their way before it? If not, there
 * will be an event when it may have become so. */
bool net_may_send(struct net_queue *queue, size_t limit);

/* Sends a frame of NET_HEADER to NET_LONGEST bytes, after net_may_send(). */
void net_send(struct net_queue *queue, const void *frame, size_t size);

/* The length of the frame that is next, or 0; then there will be an event, but with `rx_unseen`,
 * where whoever wants one asks again soon. */
size_t net_received(struct net_queue *queue);

/* Takes that frame, of which the first bytes are put there. */
void net_receive(struct net_queue *queue, void *to, size_t size);

#endif
