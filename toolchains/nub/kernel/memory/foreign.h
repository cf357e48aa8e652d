/*
 * Frames of other domains in areas. An area of them is empty at first; then each page of it
 * is filled with a frame, or with none if Xen refuses. They are no pages of ours: they never
 * come to the allocator, and have no number in its sense.
 */
#ifndef MEMORY_FOREIGN_H
#define MEMORY_FOREIGN_H

#include <memory/areas.h>
#include <xen/memory.h>

struct foreign {
    struct backing backing;
    const char *name; /* in /proc/self/maps */
    size_t count;     /* of pages */
    bool used;        /* it has been filled once, or at least tried to */
    uint64_t *frames; /* what each page shows, see foreign.c; 0 is nothing */

    /* A PVH guest's: where they are in the physical address space, and who comes next there. */
    uint64_t place;
    struct foreign *next;
};

/* A part of the pages, at an address in one area. */
struct foreign_part {
    struct foreign *foreign;
    uintptr_t address;
    size_t first, count;
    unsigned rights;
};

/* Makes the backing of a mapping, held for the caller; false for want of memory. */
bool foreign_make(size_t size, const char *name, struct mapping *mapping);

/* What of that name is in one area; `whole`: it is all of the area. */
bool foreign_find(uintptr_t address, size_t count, const char *name, struct foreign_part *part, bool *whole);

/* Does any page of it show a frame? */
bool foreign_any(const struct foreign_part *part);

/* Fills pages that show none with frames of a domain, and tells Xen's error for each, which
 * is 0 or negative; false for want of memory for tables. */
bool foreign_fill(const struct foreign_part *part, uint16_t domid, const xen_pfn_t *frames, int *errors);

/* The same with something that Xen keeps for a domain: all of it, or an error. Its frames and
 * domain are in the request. */
int foreign_fill_resource(const struct foreign_part *part, struct xen_mem_acquire_resource *request);

/* Of a PVH guest: what the memory map tells of, memory or not; and then, that this was all. */
void foreign_avoid(uint64_t start, uint64_t size);
void foreign_use_physical(void);

/*
 * What is different for a PV guest, whose page tables show the frames themselves, and for a
 * PVH guest, for which they are put into its physical address space.
 */

/* What a page shows: the frame, whose, and whether the number is the machine's. The bits of
 * the domain are never all clear, so that nothing is 0. */
#define FOREIGN_FRAME_BITS 40
#define FOREIGN_DOMID_SHIFT 44
#define FOREIGN_MACHINE (1ULL << 42)
#define FOREIGN_SHOWN (1ULL << 63)

static inline uint64_t foreign_frame(uint64_t frame, uint16_t domid, bool machine)
{
    return frame | (uint64_t)domid << FOREIGN_DOMID_SHIFT | (machine ? FOREIGN_MACHINE : 0) | FOREIGN_SHOWN;
}

static inline uint64_t foreign_number(uint64_t frame) { return frame & ((1ULL << FOREIGN_FRAME_BITS) - 1); }
static inline uint16_t foreign_domid(uint64_t frame) { return frame >> FOREIGN_DOMID_SHIFT; }

#define FOREIGN_AT_ONCE 64UL

struct foreign_method {
    bool (*start)(struct foreign *foreign); /* false when there is no place for it */
    void (*end)(struct foreign *foreign);

    /* Fills up to FOREIGN_AT_ONCE pages with what is in `frames`, and tells an error for each. */
    void (*fill)(const struct foreign_part *part, int *errors);

    /* For something that Xen keeps: lists where it shall put the frames; and fills the
     * pages, as above, once it has done so. */
    void (*place)(const struct foreign_part *part, xen_pfn_t *list);
    void (*fill_placed)(const struct foreign_part *part, int *errors);

    /* Any number of pages. */
    void (*leave)(const struct foreign_part *part);
    void (*protect)(const struct foreign_part *part);
    void (*move)(const struct foreign_part *part, uintptr_t to);
};

extern const struct foreign_method foreign_pv, foreign_pvh;

#endif
