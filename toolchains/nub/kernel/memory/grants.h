/*
 * Pages lent to other domains. Each has a reference, by which the other domain asks Xen
 * for it. A page is held for as long as anybody there may have it mapped: nobody can make
 * him let go of it.
 */
#ifndef MEMORY_GRANTS_H
#define MEMORY_GRANTS_H

#include <memory/pages.h>

/* Lends the page, and answers with the reference: -ENOSPC when there are no more, which
 * Xen limits, or -ENOMEM. */
int grant_access(uint16_t domid, pfn page, bool readonly);

/* Nobody shall have it any more. If somebody still has it mapped, the page stays held and
 * the reference his, and both are looked at again whenever grants are made or ended. */
void grant_end(uint32_t ref);

/* How many have been ended, but are still mapped. */
size_t grants_lingering(void);

/* The number that Xen knows a page of ours by. */
unsigned long grant_frame(pfn page);

#endif
