/*
 * Linux's interface of /dev/xen/gntdev (its uapi/xen/gntdev.h), without what is for DMA.
 */
#ifndef DEVICES_GNTDEV_H
#define DEVICES_GNTDEV_H

#include <devices/unmap_notify.h>
#include <xen/grant_table.h>

struct gntdev_grant_ref {
    uint32_t domid, ref;
};

struct gntdev_map_call {
    uint32_t count, pad;
    uint64_t index; /* the answer */
    struct gntdev_grant_ref refs[1];
};

struct gntdev_unmap_call {
    uint64_t index;
    uint32_t count, pad;
};

struct gntdev_offset_call {
    uint64_t vaddr;
    uint64_t offset; /* the answer, as is the next */
    uint32_t count, pad;
};

struct gntdev_most_call {
    uint32_t count;
};

struct gntdev_copy_segment {
    union gntdev_copy_end {
        void *virt;
        struct {
            grant_ref_t ref;
            uint16_t offset;
            domid_t domid;
        } foreign;
    } source, dest;
    uint16_t len;
    uint16_t flags; /* GNTCOPY_... */
    int16_t status; /* the answer, GNTST_... */
};

struct gntdev_copy_call {
    unsigned count;
    struct gntdev_copy_segment *segments;
};

#define IOCTL_GNTDEV_MAP_GRANT_REF GRANT_CALL(0, struct gntdev_map_call)
#define IOCTL_GNTDEV_UNMAP_GRANT_REF GRANT_CALL(1, struct gntdev_unmap_call)
#define IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR GRANT_CALL(2, struct gntdev_offset_call)
#define IOCTL_GNTDEV_SET_MAX_GRANTS GRANT_CALL(3, struct gntdev_most_call)
#define IOCTL_GNTDEV_SET_UNMAP_NOTIFY GRANT_CALL(7, struct unmap_notify_call)
#define IOCTL_GNTDEV_GRANT_COPY GRANT_CALL(8, struct gntdev_copy_call)

/* devices/gntdev_copy.c */
long gntdev_copy(const struct gntdev_copy_call *argument);

#endif
