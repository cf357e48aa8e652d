/*
 * What gntalloc and gntdev of Linux have in common: what shall happen when a page is not
 * mapped any more.
 */
#ifndef DEVICES_UNMAP_NOTIFY_H
#define DEVICES_UNMAP_NOTIFY_H

#include <nub.h>

struct unmap_notify_call {
    uint64_t index; /* of a byte */
    uint32_t action;
    uint32_t event_channel_port;
};

#define UNMAP_NOTIFY_CLEAR_BYTE 1
#define UNMAP_NOTIFY_SEND_EVENT 2

/* _IOC(_IOC_NONE, 'G', number, size) */
#define GRANT_CALL(number, type) ('G' << 8 | (number) | sizeof(type) << 16)

#endif
