/*
 * The page that a domain and Xen share. A page of our own image gives its
 * place to it: a PV guest maps the machine page there, a PVH guest asks Xen to
 * put it into the physical address space there.
 */
#include <xen/hypercall.h>
#include <xen/memory.h>

union shared_page shared_page ALIGNED(PAGE_SIZE);

void shared_info_map_pv(uint64_t entry)
{
    if (xen_update_va_mapping((uintptr_t)&shared_page, entry, UVMF_INVLPG))
        panic("Xen refuses to map the shared information page");
}

void shared_info_map_pvh(void)
{
    struct xen_add_to_physmap request = {
        .domid = DOMID_SELF,
        .space = XENMAPSPACE_shared_info,
        .gpfn = (uintptr_t)&shared_page >> PAGE_SHIFT,
    };

    if (HYPERCALL2(memory_op, XENMEM_add_to_physmap, &request))
        panic("Xen refuses to place the shared information page");
}
