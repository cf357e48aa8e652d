/*
 * What the program `net` asks the device of the same name, which is linked into the kernel for this
 * test alone. The program plays a network interface's backend, in the pages that are lent to it.
 */
#include <stdint.h>

#define BUFFERS 64

enum {
    NET_START,   /* new rings, and where everything is */
    NET_END,     /* and none */
    NET_SEND,    /* `size` bytes: 1, or 0 when there is no room */
    NET_RECEIVE, /* `size` bytes at most: the frame's length, or 0 */
    NET_STATE,
};

struct net_request {
    void *bytes;
    uint32_t size, limit;

    /* Answers. */
    void *tx_ring, *rx_ring;
    char *tx[BUFFERS], *rx[BUFFERS];
    uint32_t tx_refs[BUFFERS], rx_refs[BUFFERS];
    uint32_t broken, tx_lent, tx_bytes, dropped, unseen, lingering, unused_pages, events;
};
