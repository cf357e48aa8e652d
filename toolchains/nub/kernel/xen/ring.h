/*
 * Xen's public io/ring.h: the page of requests and responses that a device's
 * two ends share, and what each end keeps for itself. The indices run on and
 * wrap by themselves; entry i is `ring[i % nr_ents]`, a power of two.
 */
#ifndef XEN_RING_H
#define XEN_RING_H

#include <nub.h>

typedef unsigned RING_IDX;

#define DEFINE_RING_TYPES(name, request, response) \
    union name##_sring_entry { \
        request req; \
        response rsp; \
    }; \
    struct name##_sring { \
        RING_IDX req_prod, req_event; \
        RING_IDX rsp_prod, rsp_event; \
        union { \
            uint8_t pvt_pad[4]; \
        } pvt; \
        uint8_t __pad[44]; \
        union name##_sring_entry ring[1]; \
    }; \
    struct name##_front_ring { \
        RING_IDX req_prod_pvt; \
        RING_IDX rsp_cons; \
        unsigned nr_ents; \
        struct name##_sring *sring; \
    }; \
    struct name##_back_ring { \
        RING_IDX rsp_prod_pvt; \
        RING_IDX req_cons; \
        unsigned nr_ents; \
        struct name##_sring *sring; \
    }

#endif
