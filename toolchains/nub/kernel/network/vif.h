/*
 * The domain's network interfaces, Xen's front ends of the class `vif`. One of them is somebody's at
 * a time; what is received while it is nobody's is dropped.
 *
 * An interface whose backend is not connected is a cable that is not plugged in: what is sent is
 * lost, and nothing is received, until a backend is there again.
 */
#ifndef NETWORK_VIF_H
#define NETWORK_VIF_H

#include <network/net_queue.h>

#define MAC_LENGTH 6

struct vif {
    struct frontend frontend;
    uint8_t mac[MAC_LENGTH];
    struct net_queue queue;
    struct wait_queue *user; /* woken when a frame may have come, or may be sent; NULL: nobody's */

    struct wait_queue events; /* the backend's */
    struct waiter looker;
    struct timer again;
};

#define ANY_VIF (~0U)

/* Makes an interface the caller's, by its number, or the first that is nobody's. It may take
 * seconds until its backend is connected, and goes on without. 0; -ENODEV when there is none,
 * -EBUSY when it is somebody's, -EINTR. */
int vif_take(uint32_t number, struct wait_queue *user, struct vif **vif);
void vif_give(struct vif *vif);

/* As net_queue.h has it. */
bool vif_may_send(struct vif *vif, size_t limit);
void vif_send(struct vif *vif, const void *frame, size_t size);
size_t vif_received(struct vif *vif);
void vif_receive(struct vif *vif, void *to, size_t size);

#endif
