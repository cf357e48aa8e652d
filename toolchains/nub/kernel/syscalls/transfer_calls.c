/*
 * System calls that move data from one open file to another.
 */
#include <files/files.h>
#include <syscalls/handlers.h>

/* One part at a time, through the kernel's stack. */
#define PART 1024

/* Reads from `from` and writes to `to`. Null pointers stand for the files' own
 * positions; what was read and could not be written is not counted as read. */
static long transfer(int from, int64_t *from_position, int to, int64_t *to_position, size_t size)
{
    char part[PART];
    long total = 0;

    while (size) {
        struct file *source = descriptor_opened(from);
        int64_t start = from_position ? *from_position : source ? (int64_t)source->position : 0;
        long read, written;

        if (!source)
            return total ? total : -EBADF;
        read = from_position ? files_read_at(from, part, smaller(size, PART), start)
                             : files_read(from, part, smaller(size, PART));
        if (read <= 0)
            return total ? total : read;
        written = to_position ? files_write_at(to, part, read, *to_position) : files_write(to, part, read);
        if (written > 0 && to_position)
            *to_position += written;
        if (written < 0)
            written = total ? 0 : written;
        if (from_position)
            *from_position = start + (written > 0 ? written : 0);
        else if (written < read && source == descriptor_opened(from))
            source->position = start + (written > 0 ? written : 0);
        if (written <= 0)
            return total ? total : written;
        total += written;
        size -= written;
        if (written < read || read < (long)smaller(size + written, PART))
            break;
    }
    return total;
}

static bool has_positions(int fd)
{
    struct file *file = descriptor_opened(fd);

    return file && file->node.kind->seek;
}

/* What is sent comes from a file that has positions. */
static long send(int to, int from, int64_t *position, size_t size)
{
    struct file *source = descriptor_opened(from), *target = descriptor_opened(to);

    if (!source || !target || !may_read(source) || !may_write(target))
        return -EBADF;
    if (position && !has_positions(from))
        return -ESPIPE;
    if (is_folder(&source->node) || !has_positions(from))
        return -EINVAL;
    if (target->flags & O_APPEND || (position && *position < 0))
        return -EINVAL;
    return transfer(from, position, to, NULL, smaller(size, INT32_MAX));
}

long files_sendfile64(int to, int from, int64_t *position, size_t size)
{
    return send(to, from, position, size);
}

long files_sendfile(int to, int from, long *position, size_t size)
{
    int64_t wide = position ? *position : 0;
    long result = send(to, from, position ? &wide : NULL, size);

    if (position)
        *position = wide;
    return result;
}

/* Do the parts of one and the same file overlap? */
static bool overlap(const struct file *one, int64_t from, const struct file *other, int64_t to, size_t size)
{
    return one->node.ram == other->node.ram && from < to + (int64_t)size && to < from + (int64_t)size;
}

long files_copy_range(int from, int64_t *from_position, int to, int64_t *to_position, size_t size, unsigned flags)
{
    struct file *source = descriptor_opened(from), *target = descriptor_opened(to);
    int64_t start, target_start;

    if (!source || !target)
        return -EBADF;
    if (flags)
        return -EINVAL;
    if (is_folder(&source->node) || is_folder(&target->node))
        return -EISDIR;
    if (source->node.kind->mode != S_IFREG || target->node.kind->mode != S_IFREG)
        return -EINVAL;
    if (!may_read(source) || !may_write(target) || target->flags & O_APPEND)
        return -EBADF;
    start = from_position ? *from_position : (int64_t)source->position;
    target_start = to_position ? *to_position : (int64_t)target->position;
    if (start < 0 || target_start < 0)
        return -EINVAL;
    size = smaller(size, INT32_MAX & ~PAGE_MASK);
    if (overlap(source, start, target, target_start, size))
        return -EINVAL;
    return transfer(from, from_position, to, to_position, size);
}
