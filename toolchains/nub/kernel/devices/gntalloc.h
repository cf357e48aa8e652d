/*
 * Linux's interface of /dev/xen/gntalloc (its uapi/xen/gntalloc.h).
 */
#ifndef DEVICES_GNTALLOC_H
#define DEVICES_GNTALLOC_H

#include <devices/unmap_notify.h>

struct gntalloc_alloc_call {
    uint16_t domid, flags;
    uint32_t count;
    uint64_t index;       /* the answer, as is the next: as many as were asked for */
    uint32_t gref_ids[1];
};

#define GNTALLOC_FLAG_WRITABLE 1

struct gntalloc_dealloc_call {
    uint64_t index;
    uint32_t count;
};

#define IOCTL_GNTALLOC_ALLOC_GREF GRANT_CALL(5, struct gntalloc_alloc_call)
#define IOCTL_GNTALLOC_DEALLOC_GREF GRANT_CALL(6, struct gntalloc_dealloc_call)
#define IOCTL_GNTALLOC_SET_UNMAP_NOTIFY GRANT_CALL(7, struct unmap_notify_call)

#endif
