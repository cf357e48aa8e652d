/*
 * System calls on descriptors, and on the open files behind them.
 */
#include <files/ram.h>
#include <memory/program.h>
#include <syscalls/handlers.h>

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
    /* The request has 32 bits, which a libc may extend by their sign. */
    request = (uint32_t)request;
    if (request == FIONBIO) {
        if (!program_may_read(argument, sizeof(int)))
            return -EFAULT;
        file->flags = (file->flags & ~O_NONBLOCK) | (*(int *)argument ? O_NONBLOCK : 0);
        return 0;
    }
    return file->node.kind->ioctl ? file->node.kind->ioctl(file, request, argument) : -ENOTTY;
}

/* What is written to files is in memory, which is all there is. */
long files_sync(int fd)
{
    struct file *file = descriptor_opened(fd);
    long error;

    if (!file)
        return -EBADF;
    if (file->node.kind->sync) {
        file_hold(file);
        error = file->node.kind->sync(file);
        file_release(file);
        return error;
    }
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
