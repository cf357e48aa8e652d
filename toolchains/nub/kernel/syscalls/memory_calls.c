/*
 * System calls on memory.
 */
#include <files/files.h>
#include <memory/areas.h>
#include <syscalls/handlers.h>

enum {
    MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_GROWSDOWN = 0x100, MAP_LOCKED = 0x2000,
    MAP_POPULATE = 0x8000, MAP_STACK = 0x20000, MAP_FIXED_NOREPLACE = 0x100000,
    MAP_TYPE = 3, MAP_SHARED = 1,
};
enum { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2 };
enum { MADV_DONTNEED = 4, MADV_FREE = 8 };

/*
 * Memory comes when it is touched, except in small mappings. One of those may
 * become a thread's stack, and a stack must be there before an exception's
 * frame is pushed on it: neither Xen PV nor 32-bit PVH could report that it is
 * not.
 */
#define EAGER_SIZE (256 * 1024UL)
#define EAGER_FLAGS (MAP_GROWSDOWN | MAP_LOCKED | MAP_POPULATE | MAP_STACK)

static bool round_size(size_t *size)
{
    *size = ROUND_UP(*size, PAGE_SIZE);
    return *size;
}

/* A private mapping of a packed file is a copy of it. */
static long copy_file(uintptr_t address, size_t size, int fd, uint64_t offset, unsigned rights)
{
    struct file *file = descriptor_file(fd);

    if (!areas_populate(address, size)) {
        areas_unmap(address, size);
        return -ENOMEM;
    }
    file->node.kind->read(file, (void *)address, size, &offset);
    areas_protect(address, size, rights);
    return address;
}

long memory_mmap(uintptr_t address, size_t size, unsigned rights, unsigned flags, int fd, uint64_t offset)
{
    bool anonymous = flags & MAP_ANONYMOUS;

    if (!round_size(&size) || (address & PAGE_MASK && flags & MAP_FIXED) || offset & PAGE_MASK)
        return -EINVAL;
    if (!anonymous) {
        struct file *file = descriptor_file(fd);

        if (!file)
            return -EBADF;
        if (file->node.kind != &ram_file || ((flags & MAP_TYPE) == MAP_SHARED && rights & MAY_WRITE))
            return -EACCES;
    }
    rights &= MAY_READ | MAY_WRITE | MAY_EXECUTE;
    if (flags & MAP_FIXED_NOREPLACE && !areas_free(address, size))
        return -EEXIST;
    if (!(flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
        address = areas_place(size);
    if (!address || !areas_inside(address, size)
        || !areas_map(address, size, anonymous ? rights : MAY_READ | MAY_WRITE))
        return -ENOMEM;
    if (!anonymous)
        return copy_file(address, size, fd, offset, rights);
    if (rights && (size <= EAGER_SIZE || flags & EAGER_FLAGS) && !areas_populate(address, size)) {
        areas_unmap(address, size);
        return -ENOMEM;
    }
    return address;
}

long memory_mmap2(uintptr_t address, size_t size, unsigned rights, unsigned flags, int fd, unsigned long pages)
{
    return memory_mmap(address, size, rights, flags, fd, (uint64_t)pages << PAGE_SHIFT);
}

long memory_munmap(uintptr_t address, size_t size)
{
    if (address & PAGE_MASK || !round_size(&size) || !areas_inside(address, size))
        return -EINVAL;
    return areas_unmap(address, size) ? 0 : -ENOMEM;
}

long memory_mprotect(uintptr_t address, size_t size, unsigned rights)
{
    if (address & PAGE_MASK)
        return -EINVAL;
    if (!round_size(&size))
        return 0;
    rights &= MAY_READ | MAY_WRITE | MAY_EXECUTE;
    if (!areas_inside(address, size) || !areas_covered(address, size)
        || !areas_protect(address, size, rights))
        return -ENOMEM;
    if (rights && size <= EAGER_SIZE && !areas_populate(address, size))
        return -ENOMEM;
    return 0;
}

long memory_mremap(uintptr_t address, size_t old_size, size_t new_size, unsigned flags)
{
    unsigned rights;
    uintptr_t target;

    if (address & PAGE_MASK || !round_size(&old_size) || !round_size(&new_size) || flags & MREMAP_FIXED)
        return -EINVAL;
    if (!areas_inside(address, old_size) || !areas_covered(address, old_size))
        return -EFAULT;
    if (new_size <= old_size) {
        if (new_size < old_size && !areas_unmap(address + new_size, old_size - new_size))
            return -ENOMEM;
        return address;
    }
    areas_rights(address, &rights);
    if (areas_inside(address, new_size) && areas_free(address + old_size, new_size - old_size))
        return areas_map(address + old_size, new_size - old_size, rights) ? (long)address : -ENOMEM;
    if (!(flags & MREMAP_MAYMOVE))
        return -ENOMEM;
    target = areas_place(new_size);
    if (!target || !areas_map(target, new_size, rights) || !areas_move(address, target, old_size)
        || !areas_unmap(address, old_size))
        return -ENOMEM;
    return target;
}

long memory_madvise(uintptr_t address, size_t size, int advice)
{
    if (address & PAGE_MASK)
        return -EINVAL;
    if (!round_size(&size))
        return 0;
    if (!areas_inside(address, size) || !areas_covered(address, size))
        return -ENOMEM;
    /* A small mapping keeps its pages, because it may be a stack; it reads as
     * zero all the same. */
    if (advice == MADV_DONTNEED) {
        areas_discard(address, size);
        if (size <= EAGER_SIZE && !areas_populate(address, size))
            return -ENOMEM;
    } else if (advice == MADV_FREE && size > EAGER_SIZE) {
        areas_discard(address, size);
    }
    return 0;
}

/* Nothing is ever swapped out; locked memory is only there at once. */
long memory_mlock(uintptr_t address, size_t size)
{
    uintptr_t start = ROUND_DOWN(address, PAGE_SIZE);

    size += address - start;
    if (round_size(&size) && areas_inside(start, size)
        && (!areas_covered(start, size) || !areas_populate(start, size)))
        return -ENOMEM;
    return 0;
}

long memory_munlock(uintptr_t address, size_t size)
{
    (void)address;
    (void)size;
    return 0;
}

/* The break begins at the arena's start; mappings are placed from its end. */
long memory_brk(uintptr_t end)
{
    static uintptr_t current;
    uintptr_t mapped, wanted;

    if (!current)
        current = arena_start();
    mapped = ROUND_UP(current, PAGE_SIZE);
    wanted = ROUND_UP(end, PAGE_SIZE);
    if (end < arena_start() || !areas_inside(arena_start(), end - arena_start()))
        return current;
    if (wanted > mapped
        && (!areas_free(mapped, wanted - mapped)
            || !areas_map(mapped, wanted - mapped, MAY_READ | MAY_WRITE)))
        return current;
    if (wanted < mapped && !areas_unmap(wanted, mapped - wanted))
        return current;
    return current = end;
}
