/*
 * Asking the areas what the program may do. There is one processor, and the
 * kernel is not interrupted in earnest, so nothing changes between the answer
 * and the access.
 */
#include <linux/interface.h>
#include <memory/area_tree.h>
#include <memory/program.h>

size_t program_extent(const void *start, size_t size, unsigned access)
{
    uintptr_t from = (uintptr_t)start, at = from;
    const struct area *first = area_around(from);

    /* The usual case, told quickly: all is in one area, such as a stack. */
    if (first && !first->backing && size <= first->end - from && rights_allow(first->rights, access))
        return size;
    while (at - from < size) {
        const struct area *area = area_around(at);
        uintptr_t end = at;

        if (area && rights_allow(area->rights, access))
            end = area_usable_from(area, at, at + smaller(size - (at - from), area->end - at));
        if (end == at)
            break;
        at = end;
    }
    return smaller(at - from, size);
}

bool program_may_read(const void *start, size_t size)
{
    return program_extent(start, size, MAY_READ) == size;
}

bool program_may_write(const void *start, size_t size)
{
    return program_extent(start, size, MAY_WRITE) == size;
}

long copy_from_program(void *to, const void *from, size_t size)
{
    if (!program_may_read(from, size))
        return -EFAULT;
    memcpy(to, from, size);
    return 0;
}

long copy_to_program(void *to, const void *from, size_t size)
{
    if (!program_may_write(to, size))
        return -EFAULT;
    memcpy(to, from, size);
    return 0;
}

long program_string(const char *from, size_t size)
{
    size_t extent = program_extent(from, size, MAY_READ);

    for (size_t length = 0; length < extent; length++)
        if (!from[length])
            return length;
    return extent == size ? -ENAMETOOLONG : -EFAULT;
}

long string_from_program(char *to, const char *from, size_t size)
{
    long length = program_string(from, size);

    if (length >= 0)
        memcpy(to, from, length + 1);
    return length;
}
