/*
 * System calls that read and write.
 */
#include <files/files.h>
#include <memory/program.h>
#include <syscalls/handlers.h>

#define MOST_PARTS 1024

typedef long transfer(struct file *file, void *data, size_t size, uint64_t *position);

/* The program has no memory there. That matters only where there is something to put. */
static long without_memory(const struct file *file, unsigned access, uint64_t position)
{
    struct attributes a;

    if (access != MAY_WRITE)
        return -EFAULT;
    if (is_folder(&file->node))
        return -EISDIR;
    node_attributes(&file->node, &a);
    return file->node.kind->mode == S_IFREG && position >= a.size ? 0 : -EFAULT;
}

/* Does it now with as much of the data as is the program's, for that access to
 * it; all of it with OWN, which is the kernel's, or if the file looks for itself. */
#define OWN 0

static long attempt(struct file *file, transfer *transfer, unsigned access, void *data, size_t size,
                    uint64_t *position)
{
    bool all = access == OWN || file->node.kind->waits || file->node.kind->frames;
    size_t extent = all ? size : program_extent(data, size, access);

    return size && !extent ? without_memory(file, access, *position) : transfer(file, data, extent, position);
}

/* Does it now, or waits for the event after which it can be done. The caller holds
 * the file. */
static long do_or_wait(struct file *file, transfer *transfer, unsigned access, void *data, size_t size,
                       uint64_t *position, unsigned event)
{
    long result;

    while ((result = attempt(file, transfer, access, data, size, position)) == -EAGAIN
           && !(file->flags & O_NONBLOCK) && !file->node.kind->waits)
        if (file_wait(file, event, NEVER) == WAKE_SIGNAL)
            return -ERESTART;
    return result;
}

bool may_read(const struct file *file)
{
    return (file->flags & O_ACCMODE) != O_WRONLY;
}

bool may_write(const struct file *file)
{
    return file->flags & O_ACCMODE;
}

static long read_at(struct file *file, unsigned access, void *to, size_t size, uint64_t *position)
{
    long result;

    if (!may_read(file))
        return -EBADF;
    if (!file->node.kind->read)
        return -EINVAL;
    if (!size && file->node.kind->mode == S_IFSOCK)
        return 0;
    file_hold(file);
    result = do_or_wait(file, file->node.kind->read, access, to, size, position, POLLIN);
    file_release(file);
    return result;
}

/* A write that waits goes on until all is written; one that does not, or is
 * interrupted, tells how far it came. */
static long write_at(struct file *file, unsigned access, const void *from, size_t size, uint64_t *position)
{
    size_t done = 0;
    long length, error;

    if (!may_write(file))
        return -EBADF;
    if (!file->node.kind->write)
        return -EINVAL;
    if (size && file->flags & O_APPEND && file->node.kind->mode == S_IFREG) {
        struct attributes a;

        node_attributes(&file->node, &a);
        *position = a.size;
    }
    error = file->node.kind->mode == S_IFREG ? limit_write(*position, &size) : 0;
    if (error)
        return error;
    file_hold(file);
    do {
        length = do_or_wait(file, (transfer *)file->node.kind->write, access, (char *)from + done, size - done,
                            position, POLLOUT);
        done += length > 0 ? length : 0;
    } while (length > 0 && done < size && !(file->flags & O_NONBLOCK));
    file_release(file);
    return done ? (long)done : length;
}

long files_read(int fd, void *to, size_t size)
{
    struct file *file = descriptor_opened(fd);

    return file ? read_at(file, MAY_WRITE, to, size, &file->position) : -EBADF;
}

long files_write(int fd, const void *from, size_t size)
{
    struct file *file = descriptor_opened(fd);

    return file ? write_at(file, MAY_READ, from, size, &file->position) : -EBADF;
}

/* May the file be used at a position? */
static long check_position(const struct file *file, uint64_t position)
{
    if ((int64_t)position < 0)
        return -EINVAL;
    if (!file)
        return -EBADF;
    return file_has_positions(file) ? 0 : -ESPIPE;
}

long files_pread(int fd, void *to, size_t size, WIDE_ARGUMENTS(position))
{
    struct file *file = descriptor_opened(fd);
    uint64_t at = WIDE(position);
    long error = check_position(file, at);

    return error ? error : read_at(file, MAY_WRITE, to, size, &at);
}

long files_pwrite(int fd, const void *from, size_t size, WIDE_ARGUMENTS(position))
{
    struct file *file = descriptor_opened(fd);
    uint64_t at = WIDE(position);
    long error = check_position(file, at);

    return error ? error : write_at(file, MAY_READ, from, size, &at);
}

long file_read_own(struct file *file, void *to, size_t size, uint64_t *position)
{
    return read_at(file, OWN, to, size, position);
}

long file_write_own(struct file *file, const void *from, size_t size, uint64_t *position)
{
    return write_at(file, OWN, from, size, position);
}

/* Streams and messages of up to a page are written as a whole, and a message is read
 * as one, although they are in parts. */
static long transfer_as_one(struct file *file, const struct iovec *parts, int count, size_t size, bool write)
{
    char whole[PAGE_SIZE];
    size_t at = 0;
    long length;

    for (int i = 0; write && i < count && at < size; at += parts[i++].size)
        memcpy(whole + at, parts[i].base, smaller(parts[i].size, size - at));
    if (write)
        return write_at(file, OWN, whole, size, &file->position);
    length = read_at(file, OWN, whole, size, &file->position);
    for (int i = 0; i < count && (long)at < length; at += parts[i++].size)
        memcpy(parts[i].base, whole + at, smaller(parts[i].size, length - at));
    return length;
}

/* Must the parts be put together? Of what has no place in the tree of files, such as
 * a counter, no more than a page is ever read or written at once. */
static bool is_one(const struct file *file, int count, size_t *size)
{
    if (count < 2 || file_has_positions(file))
        return false;
    if (!file->node.kind->mode || file->node.kind->frames)
        *size = smaller(*size, PAGE_SIZE);
    return *size <= PAGE_SIZE;
}

/* One part after the other, until one is not done whole. */
static long transfer_each(struct file *file, const struct iovec *parts, int count, uint64_t *position, bool write)
{
    long total = 0;

    for (int i = 0; i < count; i++) {
        long length;

        if (!parts[i].size)
            continue;
        /* What has come so far is not kept back for the rest. */
        if (total && !write && file->node.kind->ready && !file_ready(file, POLLIN))
            break;
        length = write ? write_at(file, MAY_READ, parts[i].base, parts[i].size, position)
                       : read_at(file, MAY_WRITE, parts[i].base, parts[i].size, position);
        if (length < 0)
            return total ? total : length;
        total += length;
        if ((size_t)length < parts[i].size)
            break;
    }
    return total;
}

/* Reads or writes at what `position` says, or else the file's own. */
static long transfer_parts(struct file *file, const struct iovec *parts, int count, uint64_t *position, bool write)
{
    size_t size = 0;
    bool whole = true; /* nothing is missing */
    long result;

    if (!(write ? (const void *)file->node.kind->write : file->node.kind->read) || (unsigned)count > MOST_PARTS)
        return -EINVAL;
    if (!program_may_read(parts, count * sizeof(*parts)))
        return -EFAULT;
    for (int i = 0; i < count; i++) {
        if ((long)parts[i].size < 0)
            return -EINVAL;
        size += smaller(parts[i].size, 2 * PAGE_SIZE);
        whole &= program_extent(parts[i].base, parts[i].size, write ? MAY_READ : MAY_WRITE) == parts[i].size;
    }
    if (file->node.kind->frames && (!whole || (write && size > PAGE_SIZE)))
        return whole ? -EMSGSIZE : -EFAULT;
    file_hold(file);
    if (file->node.kind->parts && whole && count)
        result = file->node.kind->parts(file, parts, count, position, write);
    else
        result = whole && is_one(file, count, &size)
               ? transfer_as_one(file, parts, count, size, write)
               : transfer_each(file, parts, count, position, write);
    file_release(file);
    return result;
}

long files_readv(int fd, const struct iovec *parts, int count)
{
    struct file *file = descriptor_opened(fd);

    return file && may_read(file) ? transfer_parts(file, parts, count, &file->position, false) : -EBADF;
}

long files_writev(int fd, const struct iovec *parts, int count)
{
    struct file *file = descriptor_opened(fd);

    return file && may_write(file) ? transfer_parts(file, parts, count, &file->position, true) : -EBADF;
}

/* These have the position in two registers everywhere. */
static long transfer_parts_at(int fd, const struct iovec *parts, int count, unsigned long low, unsigned long high, bool write)
{
    struct file *file = descriptor_opened(fd);
    uint64_t position = sizeof(long) == 8 ? low : (uint64_t)high << 32 | low;
    long error = check_position(file, position);

    if (error)
        return error;
    return (write ? may_write(file) : may_read(file)) ? transfer_parts(file, parts, count, &position, write) : -EBADF;
}

long files_preadv(int fd, const struct iovec *parts, int count, unsigned long low, unsigned long high)
{
    return transfer_parts_at(fd, parts, count, low, high, false);
}

long files_pwritev(int fd, const struct iovec *parts, int count, unsigned long low, unsigned long high)
{
    return transfer_parts_at(fd, parts, count, low, high, true);
}
