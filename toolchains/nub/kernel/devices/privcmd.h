/*
 * Linux's interface of /dev/xen/privcmd (its uapi/xen/privcmd.h). Pointers and Xen's numbers
 * of frames have the program's own width.
 */
#ifndef DEVICES_PRIVCMD_H
#define DEVICES_PRIVCMD_H

#include <files/files.h>
#include <xen/interface.h>

/* _IOC(_IOC_NONE, 'P', number, size) */
#define PRIVCMD(number, type) ('P' << 8 | (number) | sizeof(type) << 16)

struct privcmd_hypercall {
    uint64_t op, arg[5];
};

struct privcmd_mmapbatch {
    int num;
    uint16_t dom;
    uint64_t addr;
    xen_pfn_t *arr; /* with an error's bits set */
};

#define PRIVCMD_MMAPBATCH_MFN_ERROR 0xf0000000U
#define PRIVCMD_MMAPBATCH_PAGED_ERROR 0x80000000U

struct privcmd_mmapbatch_v2 {
    unsigned num;
    uint16_t dom;
    uint64_t addr;
    const xen_pfn_t *arr;
    int *err;
};

struct privcmd_dm_op_buf {
    void *uptr;
    size_t size;
};

struct privcmd_dm_op {
    uint16_t dom, num;
    const struct privcmd_dm_op_buf *ubufs;
};

struct privcmd_mmap_resource {
    uint16_t dom;
    uint32_t type, id, idx;
    uint64_t num, addr;
};

#define IOCTL_PRIVCMD_HYPERCALL PRIVCMD(0, struct privcmd_hypercall)
#define IOCTL_PRIVCMD_MMAPBATCH PRIVCMD(3, struct privcmd_mmapbatch)
#define IOCTL_PRIVCMD_MMAPBATCH_V2 PRIVCMD(4, struct privcmd_mmapbatch_v2)
#define IOCTL_PRIVCMD_DM_OP PRIVCMD(5, struct privcmd_dm_op)
#define IOCTL_PRIVCMD_RESTRICT PRIVCMD(6, uint16_t)
#define IOCTL_PRIVCMD_MMAP_RESOURCE PRIVCMD(7, struct privcmd_mmap_resource)

/* May the file have to do with that domain? */
bool privcmd_permits(const struct file *file, uint16_t domid);

/* devices/privcmd_map.c */
int privcmd_map(struct file *file, uint64_t size, struct mapping *mapping);
long privcmd_mmapbatch(const struct file *file, const struct privcmd_mmapbatch *argument);
long privcmd_mmapbatch_v2(const struct file *file, const struct privcmd_mmapbatch_v2 *argument);
long privcmd_mmap_resource(const struct file *file, struct privcmd_mmap_resource *argument);

#endif
