/*
 * Xen's event channels. A domain has as many ports as there are bits in the shared
 * page (Xen's "2-level" interface): 4096 on amd64 and 1024 on i386, and port 0 is
 * none.
 *
 * A port's handler is called with its context once for whatever number of events
 * came together. Interrupts are off then, and the kernel may be in the middle of
 * anything: a handler touches nothing but what is its own. It may use what is
 * here, but for making ports.
 *
 * What can fail answers with a negative error number.
 */
#ifndef INTERRUPTS_EVENTS_H
#define INTERRUPTS_EVENTS_H

#include <nub.h>

typedef void event_handler(void *context);

/* New ports, which they answer with: one that the other domain may connect to; one
 * that is connected to the other domain's port; one for Xen's virtual interrupt,
 * which has only one. What is connected gets an event at once. */
int event_alloc_unbound(uint16_t remote_domid, event_handler *handler, void *context);
int event_bind_interdomain(uint16_t remote_domid, uint32_t remote_port, event_handler *handler, void *context);
int event_bind_virq(uint32_t virq, event_handler *handler, void *context);

/* From now on, the handler is called for a port that is there already. */
int event_bind(uint32_t port, event_handler *handler, void *context);

/* Events of a port that is masked wait until it is not. */
void event_mask(uint32_t port);
void event_unmask(uint32_t port);

/* Tells the other end. */
int event_send(uint32_t port);

/* The handler is not called again, whatever is still on its way. The first leaves
 * the port to somebody else. */
void event_unbind(uint32_t port);
int event_close(uint32_t port);

/* Sees what has happened. */
void events_acknowledge(void);

/* Before anything else: nothing is to be told yet. */
void events_start(void);

#endif
