/*
 * Page tables of a PV guest, which Xen writes on its behalf, and the two
 * numbers of a page: the guest's own (pfn) and the machine's (mfn).
 */
#ifndef MEMORY_PV_H
#define MEMORY_PV_H

#include <memory/pages.h>
#include <xen/interface.h>

unsigned long mfn_of_pfn(pfn page);
pfn pfn_of_mfn(unsigned long mfn);

/* Learns the numbers' tables; before anything else. */
void pv_start(const struct start_info *start);

/* Takes over all memory of the domain. */
void pv_memory_start(const struct start_info *start);

/* Makes the page unwritable at its own address, as Xen demands of what becomes
 * a page table or a descriptor table. */
void pv_make_read_only(pfn page);

#endif
