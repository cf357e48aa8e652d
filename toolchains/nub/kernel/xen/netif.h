/*
 * Xen's public io/netif.h: what a network interface's two ends write into their two rings, one for
 * what the guest sends and one for what it receives.
 */
#ifndef XEN_NETIF_H
#define XEN_NETIF_H

#include <xen/grant_table.h>
#include <xen/ring.h>

#define NETTXF_csum_blank 1U
#define NETTXF_data_validated 2U
#define NETTXF_more_data 4U  /* the frame goes on in the next request */
#define NETTXF_extra_info 8U /* a netif_extra_info takes the next one's place */

struct netif_tx_request {
    grant_ref_t gref;
    uint16_t offset; /* in the page */
    uint16_t flags;  /* NETTXF_... */
    uint16_t id;
    uint16_t size;   /* in bytes; in a frame's first request, of all of the frame */
};

struct netif_tx_response {
    uint16_t id;
    int16_t status; /* NETIF_RSP_... */
};

struct netif_rx_request {
    uint16_t id;
    uint16_t pad;
    grant_ref_t gref;
};

#define NETRXF_data_validated 1U
#define NETRXF_csum_blank 2U
#define NETRXF_more_data 4U
#define NETRXF_extra_info 8U
#define NETRXF_gso_prefix 16U

struct netif_rx_response {
    uint16_t id;
    uint16_t offset;
    uint16_t flags; /* NETRXF_... */
    int16_t status; /* how many bytes, or NETIF_RSP_... */
};

#define XEN_NETIF_EXTRA_FLAG_MORE 1U /* there is another one behind it */

struct netif_extra_info {
    uint8_t type;
    uint8_t flags; /* XEN_NETIF_EXTRA_FLAG_... */
    union {
        uint16_t pad[3];
    } u;
};

#define NETIF_RSP_DROPPED (-2)
#define NETIF_RSP_ERROR (-1)
#define NETIF_RSP_OKAY 0
#define NETIF_RSP_NULL 1 /* what is no answer, where an extra_info was */

DEFINE_RING_TYPES(netif_tx, struct netif_tx_request, struct netif_tx_response);
DEFINE_RING_TYPES(netif_rx, struct netif_rx_request, struct netif_rx_response);

_Static_assert(sizeof(union netif_tx_sring_entry) == 12 && offsetof(struct netif_tx_sring, ring) == 64, "Xen's");
_Static_assert(sizeof(union netif_rx_sring_entry) == 8 && offsetof(struct netif_rx_sring, ring) == 64, "Xen's");
_Static_assert(sizeof(struct netif_extra_info) == sizeof(struct netif_rx_response), "it takes the place of one");

#endif
