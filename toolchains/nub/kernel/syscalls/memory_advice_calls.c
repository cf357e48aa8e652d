/*
 * System calls on the pages behind mappings: advice, locking, what is there.
 * Nothing is ever swapped out; so locked memory is only there at once.
 */
#include <memory/areas.h>
#include <memory/program.h>
#include <syscalls/memory_calls.h>

enum {
    MADV_NORMAL = 0, MADV_WILLNEED = 3, MADV_DONTNEED = 4, MADV_FREE = 8, MADV_REMOVE = 9, MADV_DONTFORK = 10,
    MADV_POPULATE_READ = 22, MADV_POPULATE_WRITE = 23, MADV_DONTNEED_LOCKED = 24, MADV_COLLAPSE = 25,
};
enum { MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4 };
enum { MCL_CURRENT = 1, MCL_FUTURE = 2, MCL_ONFAULT = 4 };
enum { MLOCK_ONFAULT = 1 };

static bool is_advice(int advice)
{
    return (advice >= MADV_NORMAL && advice <= MADV_DONTNEED) || (advice >= MADV_FREE && advice <= MADV_COLLAPSE);
}

/* A hole in a file in memory. */
static long clear(uintptr_t start, uintptr_t end, const struct area_view *view)
{
    struct backing *backing = view->mapping.backing;
    uint64_t offset = view->mapping.offset + (start - view->start);

    if (!backing || !backing->kind->clear)
        return -EINVAL;
    if (!view->mapping.shared || !(view->mapping.most_rights & MAY_WRITE))
        return -EACCES;
    return backing->kind->clear(backing, offset, end - start) ? 0 : -ENOMEM;
}

/* Does as advised with a part of one area. */
static long advise(uintptr_t start, uintptr_t end, const struct area_view *view, int advice)
{
    bool foreign = backing_is_foreign(view->mapping.backing);

    switch (advice) {
    case MADV_FREE:
        if (view->mapping.backing)
            return -EINVAL;
        /* fall through */
    case MADV_DONTNEED:
    case MADV_DONTNEED_LOCKED:
        if (view->image || foreign)
            return -EINVAL;
        areas_discard(start, end - start);
        return 0;
    case MADV_REMOVE:
        return clear(start, end, view);
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE:
        if (foreign || !rights_allow(view->mapping.rights, advice == MADV_POPULATE_READ ? MAY_READ : MAY_WRITE))
            return -EINVAL;
        return areas_populate(start, end - start) ? 0 : -ENOMEM;
    default:
        return 0; /* about forking, swapping, huge pages and the like, of which there is none */
    }
}

/* Holes are passed over, and told of in the end. */
long memory_madvise(uintptr_t address, size_t size, int advice)
{
    uintptr_t at = address, end;
    long result = 0;

    if (!is_advice(advice) || address & PAGE_MASK || !memory_round(&size) || size > -address)
        return -EINVAL;
    end = address + size;
    while (at < end) {
        struct area_view view;
        long error;

        if (!areas_view_from(at, &view) || view.start >= end)
            return -ENOMEM;
        if (view.start > at) {
            result = -ENOMEM;
            at = view.start;
        }
        error = advise(at, smaller(end, view.end), &view, advice);
        if (error)
            return error;
        at = view.end;
    }
    return result;
}

static long lock(uintptr_t address, size_t size, bool populate)
{
    uintptr_t start = ROUND_DOWN(address, PAGE_SIZE);

    size += address - start;
    if (!memory_round(&size) || start + size < start)
        return -EINVAL;
    if (!areas_covered(start, size) || (populate && !areas_populate(start, size)))
        return -ENOMEM;
    return 0;
}

long memory_mlock(uintptr_t address, size_t size)
{
    return lock(address, size, true);
}

long memory_mlock2(uintptr_t address, size_t size, unsigned flags)
{
    return flags & ~MLOCK_ONFAULT ? -EINVAL : lock(address, size, !flags);
}

long memory_munlock(uintptr_t address, size_t size)
{
    return lock(address, size, false);
}

long memory_mlockall(unsigned flags)
{
    if (!flags || flags == MCL_ONFAULT || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
        return -EINVAL;
    memory_lock_future = flags & MCL_FUTURE && !(flags & MCL_ONFAULT);
    if (flags & MCL_CURRENT && !(flags & MCL_ONFAULT) && !areas_populate(arena_start(), ARENA_END - arena_start()))
        return -ENOMEM;
    return 0;
}

long memory_munlockall(void)
{
    memory_lock_future = false;
    return 0;
}

/* What is written to a file through a mapping is in the file. */
long memory_msync(uintptr_t address, size_t size, unsigned flags)
{
    if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || (flags & MS_ASYNC && flags & MS_SYNC) || address & PAGE_MASK)
        return -EINVAL;
    if (!memory_round(&size) || size > -address || !areas_covered(address, size))
        return -ENOMEM;
    return 0;
}

/* Files are in memory, and the pages of anything else if they were touched. */
long memory_mincore(uintptr_t address, size_t size, unsigned char *to)
{
    size_t pages;

    if (address & PAGE_MASK)
        return -EINVAL;
    if (!memory_round(&size) || size > -address)
        return -ENOMEM;
    pages = size >> PAGE_SHIFT;
    if (!program_may_write(to, pages))
        return -EFAULT;
    if (!areas_covered(address, size))
        return -ENOMEM;
    for (size_t i = 0; i < pages; i++) {
        uintptr_t at = address + i * PAGE_SIZE;
        struct area_view view;

        to[i] = areas_view(at, &view) && (view.mapping.backing || tables_page(at) != NO_PAGE);
    }
    return 0;
}
