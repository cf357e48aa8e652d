/*
 * What the program `events` asks the device of the same name, which is linked into
 * the kernel for this test alone. Each port has a slot, where its events are counted.
 */
#include <stdint.h>

#define SLOTS 4096

enum {
    EVENTS_ALLOC,      /* slot, domain */
    EVENTS_CONNECT,    /* slot, domain, its port */
    EVENTS_VIRQ,       /* slot, virtual interrupt */
    EVENTS_BIND,       /* slot, port */
    EVENTS_MASK,       /* port */
    EVENTS_UNMASK,     /* port */
    EVENTS_SEND,       /* port */
    EVENTS_SEND_BOTH,  /* port, port: as if at the same moment */
    EVENTS_UNBIND,     /* port */
    EVENTS_CLOSE,      /* port */
    EVENTS_CLOSE_WITH, /* slot, port to be closed by the slot's handler */
    EVENTS_RAISE,      /* port: an event that nobody has sent; tells whether it is still pending */
    EVENTS_COUNT,      /* slot: how many since it was asked last */
    EVENTS_WAIT,       /* slot: until there is one */
};

struct events_request {
    uint32_t a, b, c;
};
