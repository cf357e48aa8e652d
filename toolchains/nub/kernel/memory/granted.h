/*
 * Pages that other domains have lent, in areas. An area shows all of them from the start,
 * or is not made.
 */
#ifndef MEMORY_GRANTED_H
#define MEMORY_GRANTED_H

#include <memory/foreign.h>
#include <xen/grant_table.h>

struct granted_page {
    grant_ref_t ref;
    domid_t domid;
    bool mapped;
    grant_handle_t handle; /* while it is */
};

#define NO_OFFSET (~0ULL)

/* Its users are areas, and whoever has made it. */
struct granted {
    struct foreign foreign; /* the backing, and a PVH guest's place for the frames */
    struct granted_page *pages;
    bool readonly;
    uint64_t cleared; /* the byte there becomes 0 when its page is unmapped, or NO_OFFSET */
    void (*gone)(struct granted *granted); /* the last user has gone */

    /* For whoever has made it. */
    uint64_t index;
    struct granted *next;
    uint32_t port;
};

/* With one user, and nothing in `pages` yet; NULL for want of memory. */
struct granted *granted_make(size_t count, const char *name);

static inline void granted_release(struct granted *granted)
{
    backing_release(&granted->foreign.backing);
}

/* What the area at an address shows, if it is of that kind. */
struct granted *granted_at(uintptr_t address);

#endif
