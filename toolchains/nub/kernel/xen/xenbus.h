/*
 * Xen's public io/xenbus.h: the states through which the two ends of a device bring each
 * other, each as the number in its key `state`.
 */
#ifndef XEN_XENBUS_H
#define XEN_XENBUS_H

enum xenbus_state {
    XenbusStateUnknown = 0,
    XenbusStateInitialising = 1,
    XenbusStateInitWait = 2,
    XenbusStateInitialised = 3,
    XenbusStateConnected = 4,
    XenbusStateClosing = 5,
    XenbusStateClosed = 6,
    XenbusStateReconfiguring = 7,
    XenbusStateReconfigured = 8,
};

#endif
