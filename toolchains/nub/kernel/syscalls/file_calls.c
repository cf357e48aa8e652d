/*
 * System calls on open files.
 */
#include <files/ram.h>
#include <memory/program.h>
#include <signals/signals.h>
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
    bool all = access == OWN || file->node.kind->waits;
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
    if (!file->node.kind->mode)
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
    file_hold(file);
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

long files_close_range(unsigned first, unsigned last, unsigned flags)
{
    enum { CLOSE_RANGE_UNSHARE = 2, CLOSE_RANGE_CLOEXEC = 4 };

    /* There is one process, so its descriptors are shared with no other. */
    if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last)
        return -EINVAL;
    for (unsigned fd = first; fd <= last && fd < MOST_DESCRIPTORS; fd++) {
        if (!descriptor_file(fd))
            continue;
        if (flags & CLOSE_RANGE_CLOEXEC)
            *descriptor_close_on_exec(fd) = true;
        else
            descriptor_close(fd);
    }
    return 0;
}

long files_close(int fd)
{
    return descriptor_close(fd);
}

static int64_t seek(int fd, int64_t offset, int whence)
{
    struct file *file = descriptor_opened(fd);

    if (!file)
        return -EBADF;
    if (whence < SEEK_SET || whence > SEEK_HOLE)
        return -EINVAL;
    return file->node.kind->seek ? file->node.kind->seek(file, offset, whence) : -ESPIPE;
}

long files_lseek(int fd, long offset, int whence)
{
    return seek(fd, offset, whence);
}

long files_llseek(int fd, unsigned long high, unsigned long low, int64_t *result, int whence)
{
    int64_t position = seek(fd, (uint64_t)high << 32 | low, whence);

    if (position < 0)
        return position;
    *result = position;
    return 0;
}

long files_dup(int fd)
{
    return descriptor_copy(fd, 0, false);
}

long files_dup3(int fd, int target, int flags)
{
    return fd == target || flags & ~O_CLOEXEC ? -EINVAL : descriptor_replace(fd, target, flags & O_CLOEXEC);
}

long files_dup2(int fd, int target)
{
    if (fd == target)
        return descriptor_file(fd) ? fd : -EBADF;
    return descriptor_replace(fd, target, false);
}

/* What F_SETFL changes of a file's flags. */
#define CHANGEABLE (O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME)

/* What may be asked of a descriptor with O_PATH, too. */
static bool is_of_descriptor(int command)
{
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_GETFD || command == F_SETFD
        || command == F_GETFL;
}

long files_fcntl(int fd, int command, long argument)
{
    struct file *file = is_of_descriptor(command) ? descriptor_file(fd) : descriptor_opened(fd);

    if (!file)
        return -EBADF;
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return descriptor_copy(fd, argument, command == F_DUPFD_CLOEXEC);
    case F_GETFD:
        return *descriptor_close_on_exec(fd);
    case F_SETFD:
        *descriptor_close_on_exec(fd) = argument & 1;
        return 0;
    case F_GETFL:
        return file->flags;
    case F_SETFL:
        file->flags = (file->flags & ~CHANGEABLE) | (argument & CHANGEABLE);
        return 0;
    case F_GETLK64:
    case F_SETLK64:
    case F_SETLKW64:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return lock_control(file, command, (struct record_lock *)argument);
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
        return pipe_size(file, command, argument);
    case F_ADD_SEALS:
        return ram_seal(file, argument);
    case F_GET_SEALS:
        return ram_seals(file);
    default:
        return -EINVAL;
    }
}

long files_ioctl(int fd, unsigned long request, void *argument)
{
    struct file *file = descriptor_opened(fd);

    if (!file)
        return -EBADF;
    if (request == FIONBIO) {
        if (!program_may_read(argument, sizeof(int)))
            return -EFAULT;
        file->flags = (file->flags & ~O_NONBLOCK) | (*(int *)argument ? O_NONBLOCK : 0);
        return 0;
    }
    return file->node.kind->ioctl ? file->node.kind->ioctl(file, request, argument) : -ENOTTY;
}

/* What is written is in memory, which is all there is. */
long files_sync(int fd)
{
    struct file *file = descriptor_opened(fd);

    if (!file)
        return -EBADF;
    return file->node.kind->mode == S_IFREG || is_folder(&file->node) ? 0 : -EINVAL;
}

long files_sync_all(void)
{
    return 0;
}

long files_sync_system(int fd)
{
    return descriptor_opened(fd) ? 0 : -EBADF;
}
