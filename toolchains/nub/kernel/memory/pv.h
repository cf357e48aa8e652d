/*
 * Page tables of a PV guest, which Xen writes on its behalf.
 */
#ifndef MEMORY_PV_H
#define MEMORY_PV_H

#include <xen/interface.h>

/* Takes over all memory of the domain. */
void pv_memory_start(const struct start_info *start);

#endif
