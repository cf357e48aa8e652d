/*
 * Booting as a Xen PV guest, the initial domain or another.
 */
#include <boot/boot.h>
#include <console/console.h>
#include <environment/environment.h>
#include <interrupts/interrupts.h>
#include <memory/areas.h>
#include <memory/pv.h>
#include <time/clock.h>
#include <xen/frames.h>
#include <xen/hypercall.h>
#include <xenstore/xenstore.h>

/* entry.S comes here. */
NORETURN void boot_pv(const struct start_info *start);

NORETURN void boot_pv(const struct start_info *start)
{
    environment.xen = environment.pv = true;
    environment.initial_domain = start->flags & SIF_INITDOMAIN;
    environment.memory = (uint64_t)start->nr_pages << PAGE_SHIFT;
    format(environment.command_line, sizeof(environment.command_line), "%s", start->cmd_line);

    /* Messages first: everything after this can explain its failure. */
    if (environment.initial_domain)
        console_use_hypervisor();
    frames_start(start);
    if (!environment.initial_domain)
        console_use_ring(page_address(pfn_of_mfn(start->console.domU.mfn)), start->console.domU.evtchn);

    shared_info_map_pv(start->shared_info | ENTRY_LEAF_PV | ENTRY_WRITE);
    clock_use_xen();
    cpu_setup_pv();
    pv_memory_start(start);
    tables_protect_image(image_end());
    areas_start(smaller(environment.memory, DIRECT_END));
    areas_add_image(image_end());
    interrupts_use_xen();
    if (!environment.initial_domain && start->store_mfn)
        xenstore_use(page_address(pfn_of_mfn(start->store_mfn)), start->store_evtchn);
    boot_finish();
}
