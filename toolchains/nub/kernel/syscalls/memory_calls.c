/*
 * System calls that map memory, and change what is mapped; memory_advice_calls.c
 * has those that change nothing that a program could tell by its mappings.
 */
#include <files/ram.h>
#include <memory/areas.h>
#include <syscalls/memory_calls.h>

enum {
    MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_SHARED_VALIDATE = 3, MAP_TYPE = 15,
    MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_LOCKED = 0x2000, MAP_POPULATE = 0x8000,
    MAP_HUGETLB = 0x40000, MAP_FIXED_NOREPLACE = 0x100000,
    MAP_KNOWN = 0x7f973, /* all flags that MAP_SHARED_VALIDATE lets pass */
};
enum { PROT_SEM = 8 };
enum { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2, MREMAP_DONTUNMAP = 4 };

#define ANYTHING (MAY_READ | MAY_WRITE | MAY_EXECUTE)

#define POPULATE_FLAGS (MAP_LOCKED | MAP_POPULATE)

bool memory_lock_future;

bool memory_round(size_t *size)
{
    bool fits = *size <= SIZE_MAX - PAGE_MASK;

    *size = ROUND_UP(*size, PAGE_SIZE);
    return fits;
}

/* Memory comes when it is touched, or now if it shall; without it there is no
 * mapping. */
static long finish_map(uintptr_t address, size_t size, const struct mapping *mapping, unsigned flags)
{
    if (!mapping->rights || !(flags & POPULATE_FLAGS || memory_lock_future) || areas_populate(address, size))
        return address;
    areas_unmap(address, size);
    return -ENOMEM;
}

/* Where it will be, or an error. An address that may be missed counts if there
 * is room at it. */
static long choose_place(uintptr_t address, size_t size, unsigned flags)
{
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
        if (address & PAGE_MASK)
            return -EINVAL;
        if (!areas_inside(address, size))
            return -ENOMEM;
        return flags & MAP_FIXED_NOREPLACE && !areas_free(address, size) ? -EEXIST : (long)address;
    }
    address = ROUND_UP(address, PAGE_SIZE);
    if (areas_inside(address, size) && areas_free(address, size))
        return address;
    address = areas_place(size);
    return address ? (long)address : -ENOMEM;
}

/* An error number, as the top of what a call answers; addresses reach beyond
 * half of the address space on i386. */
static bool is_error(long result)
{
    return result < 0 && result > -4096;
}

static int map_file(int fd, size_t size, struct mapping *mapping)
{
    struct file *file = descriptor_opened(fd);
    bool writable;

    if (!file)
        return -EBADF;
    writable = (file->flags & O_ACCMODE) == O_RDWR;
    if ((file->flags & O_ACCMODE) == O_WRONLY || (mapping->shared && mapping->rights & MAY_WRITE && !writable))
        return -EACCES;
    /* As if what has no name lay where nothing may be executed. */
    if (!file->node.kind->map)
        return mapping->rights & MAY_EXECUTE && !file->node.ram ? -EPERM : -ENODEV;
    if (mapping->shared && !writable)
        mapping->most_rights &= ~MAY_WRITE;
    return file->node.kind->map(file, size, mapping);
}

/* What is shown from the start is, or there is no area. */
static int enter(uintptr_t place, size_t size, const struct mapping *mapping)
{
    const struct backing *backing = mapping->backing;
    int error;

    if (!backing || !backing->kind->enter)
        return 0;
    error = backing->kind->enter(mapping->backing, mapping->offset, place, size, mapping->rights);
    if (error)
        areas_unmap(place, size);
    return error;
}

long memory_mmap(uintptr_t address, size_t size, unsigned rights, unsigned flags, int fd, uint64_t offset)
{
    unsigned type = flags & MAP_TYPE;
    struct mapping mapping = {
        .offset = offset, .rights = rights & ANYTHING, .most_rights = ANYTHING, .shared = type != MAP_PRIVATE,
    };
    bool anonymous = flags & MAP_ANONYMOUS;
    long place;
    int error;

    if (offset & PAGE_MASK)
        return -EINVAL;
    if (!anonymous && !descriptor_opened(fd))
        return -EBADF;
    if (!size || !type || type > (anonymous ? MAP_PRIVATE : MAP_SHARED_VALIDATE))
        return -EINVAL;
    if (!memory_round(&size))
        return -ENOMEM;
    if (!anonymous && offset + size < offset)
        return -EOVERFLOW;
    if (type == MAP_SHARED_VALIDATE && flags & ~MAP_KNOWN)
        return -EOPNOTSUPP;
    if (flags & MAP_HUGETLB)
        return anonymous ? -ENOMEM : -EINVAL; /* there are no huge pages to have */
    place = choose_place(address, size, flags);
    if (is_error(place))
        return place;
    if (!memory_allowed(place, size, &mapping))
        return -ENOMEM;
    if (anonymous)
        error = mapping.shared ? ram_map_unnamed(size, &mapping) : 0;
    else
        error = map_file(fd, size, &mapping);
    if (error)
        return error;
    error = areas_map_as(place, size, &mapping) ? enter(place, size, &mapping) : -ENOMEM;
    place = error ? error : finish_map(place, size, &mapping, flags);
    backing_release(mapping.backing);
    return place;
}

long memory_mmap2(uintptr_t address, size_t size, unsigned rights, unsigned flags, int fd, unsigned long pages)
{
    return memory_mmap(address, size, rights, flags, fd, (uint64_t)pages << PAGE_SHIFT);
}

/* The image stays where it is: its pages have no other address. */
long memory_munmap(uintptr_t address, size_t size)
{
    uintptr_t end;

    if (address & PAGE_MASK || !size || !memory_round(&size) || address > ADDRESSES_END
        || size > ADDRESSES_END - address || areas_in_image(address, size))
        return -EINVAL;
    end = smaller(address + size, ARENA_END);
    address = larger(address, arena_start());
    return address >= end || areas_unmap(address, end - address) ? 0 : -ENOMEM;
}

/* What comes before a hole, or before what must not have such rights, is
 * changed all the same. */
long memory_mprotect(uintptr_t address, size_t size, unsigned rights)
{
    size_t extent;
    long error;

    if (address & PAGE_MASK || rights & ~(ANYTHING | PROT_SEM))
        return -EINVAL;
    if (!size)
        return 0;
    if (!memory_round(&size))
        return -ENOMEM;
    rights &= ANYTHING;
    extent = areas_extent(address, size);
    error = extent < size ? -ENOMEM : 0;
    for (uintptr_t at = address; at < address + extent;) {
        struct area_view view;

        areas_view(at, &view);
        if (view.mapping.most_rights && rights & ~view.mapping.most_rights) {
            extent = at - address;
            error = -EACCES;
        } else if (!memory_may_become(&view, at, address + extent, rights)) {
            extent = at - address;
            error = -ENOMEM;
        }
        at = view.end;
    }
    if (!extent)
        return error;
    if (!areas_protect(address, extent, rights))
        return -ENOMEM;
    return rights && memory_lock_future && !areas_populate(address, extent) ? -ENOMEM : error;
}

/* There is no more of what shows other domains' frames, and they are only in one place. */
static long check_foreign(const struct mapping *mapping, size_t size, size_t new_size, unsigned flags)
{
    if (!backing_is_foreign(mapping->backing))
        return 0;
    if (flags & MREMAP_DONTUNMAP)
        return -EINVAL;
    return new_size > size ? -EFAULT : 0;
}

/* Takes an area, or a part of it, to where there is room for its new size. */
static long move(uintptr_t from, size_t size, uintptr_t to, size_t new_size, unsigned flags)
{
    struct area_view view;
    long error;

    if (!areas_view(from, &view) || size > view.end - from)
        return -EFAULT;
    if (view.image || (!size && !view.mapping.backing))
        return -EINVAL;
    error = check_foreign(&view.mapping, size, new_size, flags);
    if (error)
        return error;
    if (!to)
        to = areas_place(new_size);
    if (new_size > size && !memory_allowed(ARENA_END, new_size - size, &view.mapping))
        return -ENOMEM;
    if (!to || !areas_move(from, size, to, new_size, !size || flags & MREMAP_DONTUNMAP)
        || (memory_lock_future && view.mapping.rights && !areas_populate(to, new_size)))
        return -ENOMEM;
    return to;
}

static long move_fixed(uintptr_t from, size_t size, uintptr_t to, size_t new_size, unsigned flags)
{
    struct area_view view;

    if (to & PAGE_MASK || !areas_inside(to, new_size) || (to < from + size && from < to + new_size))
        return -EINVAL;
    if (!areas_view(from, &view) || size > view.end - from)
        return -EFAULT;
    if (size > new_size) {
        if (memory_munmap(from + new_size, size - new_size))
            return -EFAULT;
        size = new_size;
    }
    return move(from, size, to, new_size, flags);
}

long memory_mremap(uintptr_t address, size_t old_size, size_t new_size, unsigned flags, uintptr_t target)
{
    struct area_view view;
    struct mapping more;

    if (address & PAGE_MASK || flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)
        || (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(flags & MREMAP_MAYMOVE))
        || (flags & MREMAP_DONTUNMAP && old_size != new_size)
        || !new_size || !memory_round(&old_size) || !memory_round(&new_size))
        return -EINVAL;
    if (flags & MREMAP_FIXED)
        return move_fixed(address, old_size, target, new_size, flags);
    if (!areas_view(address, &view))
        return -EFAULT;
    if (new_size <= old_size && !(flags & MREMAP_DONTUNMAP)) {
        if (new_size < old_size && memory_munmap(address + new_size, old_size - new_size))
            return -EINVAL;
        return address;
    }
    if (old_size > view.end - address)
        return -EFAULT;
    if (check_foreign(&view.mapping, old_size, new_size, flags))
        return check_foreign(&view.mapping, old_size, new_size, flags);
    if (old_size && new_size > old_size && address + old_size == view.end && areas_inside(address, new_size)
        && areas_free(view.end, new_size - old_size)) {
        more = view.mapping;
        more.offset += view.end - view.start;
        if (!memory_allowed(view.end, new_size - old_size, &more))
            return -ENOMEM;
        if (!areas_map_as(view.end, new_size - old_size, &more)
            || (memory_lock_future && more.rights && !areas_populate(view.end, new_size - old_size)))
            return -ENOMEM;
        return address;
    }
    return flags & MREMAP_MAYMOVE ? move(address, old_size, 0, new_size, flags) : -ENOMEM;
}

/* The break begins at the arena's start; mappings are placed from its end. */
long memory_brk(uintptr_t end)
{
    static const struct mapping mapping = { .rights = MAY_READ | MAY_WRITE };
    static uintptr_t current;
    uintptr_t mapped, wanted;

    if (!current)
        current = arena_start();
    mapped = ROUND_UP(current, PAGE_SIZE);
    wanted = ROUND_UP(end, PAGE_SIZE);
    if (end < arena_start() || !areas_inside(arena_start(), end - arena_start()))
        return current;
    if (wanted > mapped
        && (!areas_free(mapped, wanted - mapped) || !memory_allowed(mapped, wanted - mapped, &mapping)
            || !areas_map(mapped, wanted - mapped, MAY_READ | MAY_WRITE)))
        return current;
    if (wanted < mapped && !areas_unmap(wanted, mapped - wanted))
        return current;
    return current = end;
}
