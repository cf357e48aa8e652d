/*
 * Xen's public io/blkif.h: the requests of a block device and their answers. Sectors have
 * 512 bytes here, whatever the disk's own have. `id` is what keeps the two widths apart:
 * a guest of 32 bits aligns it to four bytes.
 */
#ifndef XEN_BLKIF_H
#define XEN_BLKIF_H

#include <xen/grant_table.h>
#include <xen/ring.h>

#define BLKIF_OP_READ 0
#define BLKIF_OP_WRITE 1
#define BLKIF_OP_WRITE_BARRIER 2
#define BLKIF_OP_FLUSH_DISKCACHE 3
#define BLKIF_OP_DISCARD 5
#define BLKIF_OP_INDIRECT 6

#define BLKIF_MAX_SEGMENTS_PER_REQUEST 11
#define BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST 8

#define BLKIF_RSP_EOPNOTSUPP (-2)
#define BLKIF_RSP_ERROR (-1)
#define BLKIF_RSP_OKAY 0

#define VDISK_CDROM 1
#define VDISK_REMOVABLE 2
#define VDISK_READONLY 4

struct blkif_request_segment {
    grant_ref_t gref;
    uint8_t first_sect, last_sect; /* of the page, both included */
};

struct blkif_request {
    uint8_t operation;
    uint8_t nr_segments;
    uint16_t handle;
    uint64_t id;
    uint64_t sector_number;
    struct blkif_request_segment seg[BLKIF_MAX_SEGMENTS_PER_REQUEST];
};

struct blkif_request_discard {
    uint8_t operation;
    uint8_t flag;
    uint16_t handle;
    uint64_t id;
    uint64_t sector_number;
    uint64_t nr_sectors;
};

/* The pages are full of segments. */
struct blkif_request_indirect {
    uint8_t operation;
    uint8_t indirect_op;
    uint16_t nr_segments;
    uint64_t id;
    uint64_t sector_number;
    uint16_t handle;
    grant_ref_t indirect_grefs[BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST];
#ifdef __i386__
    uint64_t pad;
#endif
};

struct blkif_response {
    uint64_t id;
    uint8_t operation;
    int16_t status;
};

DEFINE_RING_TYPES(blkif, struct blkif_request, struct blkif_response);

#ifdef __x86_64__
#define XEN_IO_PROTO_ABI_NATIVE "x86_64-abi"
_Static_assert(sizeof(struct blkif_request) == 112 && offsetof(struct blkif_request, id) == 8, "as 64-bit guests have it");
_Static_assert(sizeof(struct blkif_response) == 16, "as 64-bit guests have it");
#else
#define XEN_IO_PROTO_ABI_NATIVE "x86_32-abi"
_Static_assert(sizeof(struct blkif_request) == 108 && offsetof(struct blkif_request, id) == 4, "as 32-bit guests have it");
_Static_assert(sizeof(struct blkif_response) == 12, "as 32-bit guests have it");
#endif

#endif
