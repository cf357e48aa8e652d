/*
 * What a PV guest does through Xen where others have an instruction or write
 * memory.
 */
#include <arch.h>
#include <xen/frames.h>
#include <xen/hypercall.h>

void pv_events_off(void)
{
    shared_page.info.vcpu_info[0].evtchn_upcall_mask = 1;
    barrier();
}

/* Xen looks for events that have waited whenever a hypercall returns. */
void pv_events_on(void)
{
    volatile struct vcpu_info *vcpu = &shared_page.info.vcpu_info[0];

    barrier();
    vcpu->evtchn_upcall_mask = 0;
    barrier();
    if (vcpu->evtchn_upcall_pending)
        HYPERCALL2(xen_version, 0, 0);
}

void pv_make_read_only(unsigned long page)
{
    uint64_t entry = (uint64_t)mfn_of_pfn(page) << PAGE_SHIFT | ENTRY_LEAF_PV;

    if (xen_update_va_mapping(page << PAGE_SHIFT, entry, UVMF_INVLPG))
        panic("Xen refuses to make page %lx read-only", page);
}
