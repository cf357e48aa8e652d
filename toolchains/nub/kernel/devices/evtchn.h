/*
 * Linux's interface of /dev/xen/evtchn (its uapi/xen/evtchn.h), and what other devices ask
 * this one.
 */
#ifndef DEVICES_EVTCHN_H
#define DEVICES_EVTCHN_H

#include <nub.h>

struct evtchn_bind_virq_call {
    uint32_t virq;
};

struct evtchn_bind_interdomain_call {
    uint32_t remote_domain, remote_port;
};

struct evtchn_bind_unbound_call {
    uint32_t remote_domain;
};

struct evtchn_port_call {
    uint32_t port;
};

struct evtchn_restrict_call {
    uint16_t domid;
};

/* _IOC(_IOC_NONE, 'E', number, size) */
#define EVTCHN(number, size) ('E' << 8 | (number) | (size) << 16)

#define IOCTL_EVTCHN_BIND_VIRQ EVTCHN(0, sizeof(struct evtchn_bind_virq_call))
#define IOCTL_EVTCHN_BIND_INTERDOMAIN EVTCHN(1, sizeof(struct evtchn_bind_interdomain_call))
#define IOCTL_EVTCHN_BIND_UNBOUND_PORT EVTCHN(2, sizeof(struct evtchn_bind_unbound_call))
#define IOCTL_EVTCHN_UNBIND EVTCHN(3, sizeof(struct evtchn_port_call))
#define IOCTL_EVTCHN_NOTIFY EVTCHN(4, sizeof(struct evtchn_port_call))
#define IOCTL_EVTCHN_RESET EVTCHN(5, 0)
#define IOCTL_EVTCHN_RESTRICT_DOMID EVTCHN(6, sizeof(struct evtchn_restrict_call))

/* Does any open file of this device have that port? */
bool evtchn_has_port(uint32_t port);

#endif
