/*
 * Xen's public memory.h: what is where in a guest's physical address space, and
 * how other domains' frames come into it, or their numbers to a guest that has
 * none.
 */
#ifndef XEN_MEMORY_H
#define XEN_MEMORY_H

#include <xen/interface.h>

#define XENMEM_increase_reservation 0
#define XENMEM_decrease_reservation 1
#define XENMEM_current_reservation 3
#define XENMEM_maximum_reservation 4
#define XENMEM_populate_physmap 6
#define XENMEM_add_to_physmap 7
#define XENMEM_memory_map 9
#define XENMEM_exchange 11
#define XENMEM_machphys_mapping 12
#define XENMEM_maximum_gpfn 14
#define XENMEM_remove_from_physmap 15
#define XENMEM_add_to_physmap_batch 23
#define XENMEM_acquire_resource 28

#define XENMAPSPACE_shared_info 0
#define XENMAPSPACE_grant_table 1
#define XENMAPSPACE_gmfn 2
#define XENMAPSPACE_gmfn_range 3
#define XENMAPSPACE_gmfn_foreign 4

#define XENMEM_resource_ioreq_server 0
#define XENMEM_resource_grant_table 1
#define XENMEM_resource_grant_table_id_shared 0
#define XENMEM_resource_grant_table_id_status 1

struct xen_memory_reservation {
    const xen_pfn_t *extent_start;
    unsigned long nr_extents;
    unsigned extent_order;
    unsigned mem_flags;
    domid_t domid;
};

struct xen_memory_exchange {
    struct xen_memory_reservation in, out;
    unsigned long nr_exchanged;
};

struct xen_memory_map {
    unsigned nr_entries;
    void *buffer; /* of the BIOS's E820 entries */
};

struct xen_machphys_mapping {
    unsigned long v_start, v_end, max_mfn;
};

struct xen_add_to_physmap {
    domid_t domid;
    uint16_t size;
    unsigned space;
    unsigned long idx;
    xen_pfn_t gpfn;
};

struct xen_add_to_physmap_batch {
    domid_t domid;
    uint16_t space, size;
    union {
        domid_t foreign_domid;
        uint16_t res0;
    } u;
    const unsigned long *idxs; /* frames of the foreign domain */
    const xen_pfn_t *gpfns;    /* where they shall be */
    int *errs;
};

struct xen_remove_from_physmap {
    domid_t domid;
    xen_pfn_t gpfn;
};

/* Without a list and with no frames, it is asked how many there are. */
struct xen_mem_acquire_resource {
    domid_t domid;
    uint16_t type;
    uint32_t id;
    uint32_t nr_frames;
    uint32_t pad;
    uint64_t frame;        /* the first one of the resource */
    xen_pfn_t *frame_list; /* where they shall be; of a PV guest the answer, where they are */
};

#endif
