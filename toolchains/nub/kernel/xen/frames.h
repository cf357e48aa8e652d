/*
 * The two numbers of a PV guest's page: the guest's own (pfn) and the
 * machine's (mfn). Xen keeps a table for each direction.
 */
#ifndef XEN_FRAMES_H
#define XEN_FRAMES_H

#include <xen/interface.h>

extern const unsigned long *frames_machine, *frames_own;

static inline unsigned long mfn_of_pfn(unsigned long pfn) { return frames_machine[pfn]; }
static inline unsigned long pfn_of_mfn(unsigned long mfn) { return frames_own[mfn]; }

/* Learns where the tables are; before anything else. */
void frames_start(const struct start_info *start);

#endif
