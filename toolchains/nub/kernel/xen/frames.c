/*
 * Finding the tables of page numbers.
 */
#include <xen/frames.h>
#include <xen/hypercall.h>
#include <xen/memory.h>

const unsigned long *frames_machine, *frames_own;

void frames_start(const struct start_info *start)
{
    struct xen_machphys_mapping machphys;

    frames_machine = (const unsigned long *)start->mfn_list;
    if (HYPERCALL2(memory_op, XENMEM_machphys_mapping, &machphys))
        panic("Xen does not tell where its table of pages is");
    frames_own = (const unsigned long *)machphys.v_start;
}
