/*
 * System calls that move data from one open file to another.
 */
#include <files/files.h>
#include <memory/program.h>
#include <signals/signals.h>
#include <syscalls/handlers.h>

/* One part at a time, through the kernel's stack. */
#define PART 1024

/* Reads from a file that has positions and writes to another one, both at the
 * positions given, which move on with what was written. */
static long transfer(struct file *source, uint64_t *position, struct file *target, uint64_t *to_position, size_t size)
{
    char part[PART];
    long total = 0;

    while (size) {
        uint64_t at = *position;
        long wanted = smaller(size, PART), read = file_read_own(source, part, wanted, &at), written;

        if (read <= 0)
            return total ? total : read;
        /* What has no place in the tree of files takes nothing from other files. */
        if (!target->node.kind->mode)
            return -EINVAL;
        written = file_write_own(target, part, read, to_position);
        if (written <= 0)
            return total ? total : written;
        *position += written;
        total += written;
        size -= written;
        if (written < wanted)
            break;
    }
    return total;
}

/* The same at positions that the program gives, or else the files' own; they are
 * moved at the end. */
static long transfer_between(struct file *source, int64_t *position, struct file *target, int64_t *to_position, size_t size)
{
    uint64_t at = position ? (uint64_t)*position : source->position;
    uint64_t to_at = to_position ? (uint64_t)*to_position : target->position;
    long result;

    file_hold(source);
    file_hold(target);
    result = transfer(source, &at, target, &to_at, size);
    if (result > 0) {
        *(position ? (uint64_t *)position : &source->position) = at;
        if (to_position || file_has_positions(target))
            *(to_position ? (uint64_t *)to_position : &target->position) = to_at;
    }
    file_release(source);
    file_release(target);
    return result;
}

/* A pipe is looked at before what would be written to it: somebody must read from it,
 * and there must be room if nothing is to be waited for. */
static long check_pipe(struct file *file)
{
    unsigned ready = file_ready(file, POLLOUT);

    if (ready & POLLERR) {
        signal_send(current, SIGPIPE);
        return -EPIPE;
    }
    return file->flags & O_NONBLOCK && !(ready & POLLOUT) ? -EAGAIN : 0;
}

/* What is sent comes from a file that has positions. */
static long send(int to, int from, int64_t *position, size_t size)
{
    struct file *source = descriptor_opened(from), *target = descriptor_opened(to);
    long error;

    if (!source || !may_read(source))
        return -EBADF;
    if (position && !file_has_positions(source))
        return -ESPIPE;
    if (position && *position < 0)
        return -EINVAL;
    if (!target || !may_write(target))
        return -EBADF;
    error = target->node.kind->mode == S_IFIFO ? check_pipe(target) : 0;
    if (error)
        return error;
    if (target->flags & O_APPEND || (!source->node.kind->seek && target->node.kind->mode != S_IFIFO))
        return -EINVAL;
    if (!size)
        return 0;
    if (is_folder(&source->node) || !file_has_positions(source))
        return -EINVAL;
    return transfer_between(source, position, target, NULL, smaller(size, INT32_MAX));
}

/* The position is told in any case, as on Linux. */
long files_sendfile64(int to, int from, int64_t *position, size_t size)
{
    int64_t at;
    long result;

    if (!position)
        return send(to, from, NULL, size);
    if (copy_from_program(&at, position, sizeof(at)))
        return -EFAULT;
    result = send(to, from, &at, size);
    return copy_to_program(position, &at, sizeof(at)) ? -EFAULT : result;
}

long files_sendfile(int to, int from, long *position, size_t size)
{
    int64_t wide;
    long at, result;

    if (!position)
        return send(to, from, NULL, size);
    if (copy_from_program(&at, position, sizeof(at)))
        return -EFAULT;
    wide = at;
    result = send(to, from, &wide, size);
    at = wide;
    return copy_to_program(position, &at, sizeof(at)) ? -EFAULT : result;
}

/* Do the parts of one and the same file overlap? */
static bool overlap(const struct file *one, int64_t from, const struct file *other, int64_t to, size_t size)
{
    return one->node.ram == other->node.ram && from < to + (int64_t)size && to < from + (int64_t)size;
}

static long copy_range(struct file *source, int64_t *from_position, struct file *target, int64_t *to_position,
                       size_t size)
{
    int64_t start = from_position ? *from_position : (int64_t)source->position;
    int64_t target_start = to_position ? *to_position : (int64_t)target->position;
    struct attributes a;

    if (start < 0 || target_start < 0)
        return -EINVAL;
    node_attributes(&source->node, &a);
    size = smaller(size, (uint64_t)start < a.size ? a.size - start : 0);
    size = smaller(size, INT32_MAX & ~PAGE_MASK);
    if (overlap(source, start, target, target_start, size))
        return -EINVAL;
    return transfer_between(source, from_position, target, to_position, size);
}

long files_copy_range(int from, int64_t *from_position, int to, int64_t *to_position, size_t size, unsigned flags)
{
    struct file *source = descriptor_opened(from), *target = descriptor_opened(to);
    int64_t at = 0, to_at = 0;
    long result;

    if (!source || !target)
        return -EBADF;
    if ((from_position && copy_from_program(&at, from_position, sizeof(at)))
        || (to_position && copy_from_program(&to_at, to_position, sizeof(to_at))))
        return -EFAULT;
    if (flags)
        return -EINVAL;
    if (is_folder(&source->node) || is_folder(&target->node))
        return -EISDIR;
    if (source->node.kind->mode != S_IFREG || target->node.kind->mode != S_IFREG)
        return -EINVAL;
    if (!may_read(source) || !may_write(target) || target->flags & O_APPEND)
        return -EBADF;
    result = copy_range(source, from_position ? &at : NULL, target, to_position ? &to_at : NULL, size);
    if (result <= 0)
        return result;
    if ((from_position && copy_to_program(from_position, &at, sizeof(at)))
        || (to_position && copy_to_program(to_position, &to_at, sizeof(to_at))))
        return -EFAULT;
    return result;
}
