/*
 * System calls that move data from one open file to another.
 */
#include <files/files.h>
#include <syscalls/handlers.h>

/* One part at a time, through the kernel's stack. */
#define PART 1024

static bool has_positions(const struct file *file)
{
    return file->node.kind->seek;
}

/* Reads from a file that has positions and writes to another one, both at the
 * positions given, which move on with what was written. */
static long transfer(int from, int64_t *position, int to, int64_t *to_position, size_t size)
{
    char part[PART];
    long total = 0;

    while (size) {
        struct file *target = descriptor_opened(to);
        long wanted = smaller(size, PART), read = files_read_at(from, part, wanted, *position), written;

        if (read <= 0 || !target)
            return total ? total : read;
        written = has_positions(target) ? files_write_at(to, part, read, *to_position) : files_write(to, part, read);
        if (written <= 0)
            return total ? total : written;
        *position += written;
        *to_position += written;
        total += written;
        size -= written;
        if (written < wanted)
            break;
    }
    return total;
}

/* The same at positions that the program gives, or else the files' own; they are
 * moved at the end. */
static long transfer_between(int from, int64_t *position, int to, int64_t *to_position, size_t size)
{
    struct file *source = descriptor_opened(from), *target = descriptor_opened(to);
    int64_t at = position ? *position : (int64_t)source->position;
    int64_t to_at = to_position ? *to_position : (int64_t)target->position;
    long result;

    source->references++;
    target->references++;
    result = transfer(from, &at, to, &to_at, size);
    if (result > 0) {
        *(position ? position : (int64_t *)&source->position) = at;
        *(to_position ? to_position : (int64_t *)&target->position) = to_at;
    }
    file_release(source);
    file_release(target);
    return result;
}

/* What is sent comes from a file that has positions. */
static long send(int to, int from, int64_t *position, size_t size)
{
    struct file *source = descriptor_opened(from), *target = descriptor_opened(to);

    if (!source || !target || !may_read(source) || !may_write(target))
        return -EBADF;
    if (position && !has_positions(source))
        return -ESPIPE;
    if (target->flags & O_APPEND || (position && *position < 0))
        return -EINVAL;
    if (!size)
        return 0;
    if (is_folder(&source->node) || !has_positions(source))
        return -EINVAL;
    return transfer_between(from, position, to, NULL, smaller(size, INT32_MAX));
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
    struct attributes a;

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
    node_attributes(&source->node, &a);
    size = smaller(size, (uint64_t)start < a.size ? a.size - start : 0);
    size = smaller(size, INT32_MAX & ~PAGE_MASK);
    if (overlap(source, start, target, target_start, size))
        return -EINVAL;
    return transfer_between(from, from_position, to, to_position, size);
}
