/*
 * Where the pages of an area come from, when they are not just empty ones: a
 * file, or other domains' frames. An area begins at an offset in its backing and
 * keeps it alive.
 */
#ifndef MEMORY_BACKING_H
#define MEMORY_BACKING_H

#include <memory/pages.h>

/* What came of the wish for a page. */
enum fault {
    FAULT_RESOLVED,  /* it is there, and the access may be repeated */
    FAULT_FORBIDDEN, /* nothing is there, or not for such an access */
    FAULT_NO_MEMORY,
    FAULT_BEYOND, /* the file that is mapped there ends before it */
};

struct backing;

struct backing_kind {
    /* The page at an offset, which is a multiple of the page size, held once
     * more for the caller. */
    enum fault (*page)(struct backing *backing, uint64_t offset, pfn *page);

    /* How long it is; there are no pages from the next multiple of a page on. */
    uint64_t (*size)(const struct backing *backing);

    /* Makes a range of whole pages zero; without it, that cannot be done. */
    bool (*clear)(struct backing *backing, uint64_t offset, uint64_t size);

    /* Its name and number, as a file, in /proc/self/maps. */
    void (*name)(const struct backing *backing, char *to, size_t size);
    uint64_t (*number)(const struct backing *backing);

    /* Only of foreign frames, which are no pages of ours: the backing writes the entries
     * of the page tables for a part of an area itself, as many bytes from an offset on.
     * It takes them out, gives them other rights, or moves them to where tables are
     * prepared. Where it has none, there is nothing to be brought in. One that shows all
     * from the start says how it went when the program has made an area (`enter`); if that
     * is an error, the area goes again. */
    int (*enter)(struct backing *backing, uint64_t offset, uintptr_t address, size_t size, unsigned rights);
    void (*leave)(struct backing *backing, uint64_t offset, uintptr_t address, size_t size);
    void (*protect)(struct backing *backing, uint64_t offset, uintptr_t address, size_t size, unsigned rights);
    void (*move)(struct backing *backing, uint64_t offset, uintptr_t from, uintptr_t to, size_t size,
                 unsigned rights);

    /* The first user has come; the last one has gone. */
    void (*hold)(struct backing *backing);
    void (*release)(struct backing *backing);
};

struct backing {
    const struct backing_kind *kind;
    unsigned users; /* areas, and who is about to make one */
};

static inline bool backing_is_foreign(const struct backing *backing)
{
    return backing && backing->kind->leave;
}

static inline void backing_hold(struct backing *backing)
{
    if (backing && !backing->users++ && backing->kind->hold)
        backing->kind->hold(backing);
}

static inline void backing_release(struct backing *backing)
{
    if (backing && !--backing->users && backing->kind->release)
        backing->kind->release(backing);
}

#endif
