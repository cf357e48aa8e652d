/*
 * Calling the hypervisor. The arguments of each hypercall are in Xen's public
 * headers under its name; what has a 64-bit argument takes two words on i386.
 */
#ifndef XEN_HYPERCALL_H
#define XEN_HYPERCALL_H

#include <xen/interface.h>

/* arch/.../hypercall.S: goes through the hypercall page. */
long xen_hypercall(unsigned number, unsigned long a, unsigned long b,
                   unsigned long c, unsigned long d, unsigned long e);

#define HYPERCALL1(name, a) \
    xen_hypercall(__HYPERVISOR_##name, (unsigned long)(a), 0, 0, 0, 0)
#define HYPERCALL2(name, a, b) \
    xen_hypercall(__HYPERVISOR_##name, (unsigned long)(a), (unsigned long)(b), 0, 0, 0)
#define HYPERCALL3(name, a, b, c) \
    xen_hypercall(__HYPERVISOR_##name, (unsigned long)(a), (unsigned long)(b), \
                  (unsigned long)(c), 0, 0)
#define HYPERCALL4(name, a, b, c, d) \
    xen_hypercall(__HYPERVISOR_##name, (unsigned long)(a), (unsigned long)(b), \
                  (unsigned long)(c), (unsigned long)(d), 0)

static inline long xen_update_va_mapping(unsigned long address, uint64_t entry,
                                         unsigned long flags)
{
#ifdef __x86_64__
    return HYPERCALL3(update_va_mapping, address, entry, flags);
#else
    return HYPERCALL4(update_va_mapping, address, entry, entry >> 32, flags);
#endif
}

/* The page that Xen fills with one stub for each hypercall. */
extern char hypercall_page[];

/* The page that Xen keeps its state for us in; see xen/shared_info.c. */
union shared_page {
    struct shared_info info;
    char page[PAGE_SIZE];
};
extern union shared_page shared_page;

void shared_info_map_pv(uint64_t entry); /* of the page table, for the machine page */
void shared_info_map_pvh(void);

#endif
