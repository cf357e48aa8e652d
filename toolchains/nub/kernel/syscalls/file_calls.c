/*
 * System calls on files. The packed files cannot be changed: what would do so
 * is answered as on a read-only file system.
 */
#include <files/files.h>
#include <syscalls/handlers.h>

static long read_at(struct file *file, void *to, size_t size, uint64_t *position)
{
    if (!file || !file->node.kind->read)
        return -EBADF;
    return file->node.kind->read(file, to, size, position);
}

long files_read(int fd, void *to, size_t size)
{
    struct file *file = descriptor_file(fd);

    return file ? read_at(file, to, size, &file->position) : -EBADF;
}

long files_pread(int fd, void *to, size_t size, uint64_t position)
{
    struct file *file = descriptor_file(fd);

    if (file && file->node.kind == &console_file)
        return -ESPIPE;
    return read_at(file, to, size, &position);
}

long files_write(int fd, const void *from, size_t size)
{
    struct file *file = descriptor_file(fd);

    if (!file || !file->node.kind->write || !(file->flags & O_ACCMODE))
        return -EBADF;
    return file->node.kind->write(file, from, size);
}

long files_pwrite(int fd, const void *from, size_t size, uint64_t position)
{
    struct file *file = descriptor_file(fd);

    (void)position;
    if (file && file->node.kind == &console_file)
        return -ESPIPE;
    return files_write(fd, from, size);
}

long files_readv(int fd, const struct iovec *parts, int count)
{
    long total = 0;

    for (int i = 0; i < count; i++) {
        long length = parts[i].size ? files_read(fd, parts[i].base, parts[i].size) : 0;

        if (length < 0)
            return total ? total : length;
        total += length;
        if ((size_t)length < parts[i].size)
            break;
    }
    return total;
}

long files_writev(int fd, const struct iovec *parts, int count)
{
    long total = 0;

    for (int i = 0; i < count; i++) {
        long length = files_write(fd, parts[i].base, parts[i].size);

        if (length < 0)
            return total ? total : length;
        total += length;
    }
    return total;
}

long files_openat(int folder, const char *path, int flags)
{
    struct node node;
    int error = path_resolve(folder, path, !(flags & O_NOFOLLOW), &node);

    if (error == -ENOENT && flags & O_CREAT)
        return -EROFS;
    if (error)
        return error;
    if (flags & O_CREAT && flags & O_EXCL)
        return -EEXIST;
    if (node.kind == &archive_link)
        return -ELOOP;
    if (node.kind != &archive_folder && flags & O_DIRECTORY)
        return -ENOTDIR;
    if (!node.kind->write && (flags & O_ACCMODE || flags & O_TRUNC))
        return node.kind == &archive_folder ? -EISDIR : -EROFS;
    return descriptor_open(&node, flags & ~(O_CREAT | O_EXCL | O_TRUNC));
}

long files_open(const char *path, int flags)
{
    return files_openat(AT_FDCWD, path, flags);
}

long files_close(int fd)
{
    return descriptor_close(fd);
}

static int64_t seek(int fd, int64_t offset, int whence)
{
    struct file *file = descriptor_file(fd);
    int64_t base;

    if (!file)
        return -EBADF;
    if (file->node.kind->mode == S_IFCHR)
        return file->node.kind == &console_file ? -ESPIPE : 0;
    switch (whence) {
    case SEEK_SET: base = 0; break;
    case SEEK_CUR: base = file->position; break;
    case SEEK_END: base = file->node.entry ? file->node.entry->size : 0; break;
    default: return -EINVAL;
    }
    if (base + offset < 0)
        return -EINVAL;
    return file->position = base + offset;
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

/* Linux's numbers for the type of a directory entry are st_mode's type bits,
 * moved down. */
static bool put_entry(char **to, char *end, const char *name, uint64_t ino, uint64_t next, uint32_t mode)
{
    struct dirent64 *entry = (struct dirent64 *)*to;
    size_t name_size = strlen(name) + 1;
    size_t size = ROUND_UP(offsetof(struct dirent64, name) + name_size, 8UL);

    if (size > (size_t)(end - *to))
        return false;
    entry->ino = ino;
    entry->off = next;
    entry->reclen = size;
    entry->type = (mode & S_IFMT) >> 12;
    memcpy(entry->name, name, name_size);
    *to += size;
    return true;
}

/* A folder's position: 0 and 1 are "." and "..", n + 2 is the packed entry n
 * or the next one that is in the folder. */
long files_getdents(int fd, void *buffer, size_t size)
{
    struct file *file = descriptor_file(fd);
    char *to = buffer, *end = to + size;
    const char *folder;

    if (!file)
        return -EBADF;
    if (file->node.kind != &archive_folder)
        return -ENOTDIR;
    folder = node_path(&file->node);
    for (; file->position < 2; file->position++)
        if (!put_entry(&to, end, file->position ? ".." : ".", 1, file->position + 1, S_IFDIR))
            goto full;
    for (;;) {
        const struct archive_entry *entry = archive_child(folder, file->position - 2);
        const char *name;
        size_t number;

        if (!entry)
            return to - (char *)buffer;
        number = entry - archive_entries();
        name = archive_path(entry) + (*folder ? strlen(folder) + 1 : 0);
        if (!put_entry(&to, end, name, number + 2, number + 3, entry->mode))
            break;
        file->position = number + 3;
    }
full:
    return to == buffer ? -EINVAL : to - (char *)buffer;
}

long files_readlinkat(int folder, const char *path, char *to, size_t size)
{
    struct node node;
    int error = path_resolve(folder, path, false, &node);

    if (error)
        return error;
    if (node.kind != &archive_link)
        return -EINVAL;
    size = smaller(size, node.entry->size);
    memcpy(to, archive_at(node.entry->data_offset), size);
    return size;
}

long files_readlink(const char *path, char *to, size_t size)
{
    return files_readlinkat(AT_FDCWD, path, to, size);
}

/* The program is root, so only what is really impossible is refused. */
long files_faccessat(int folder, const char *path, int mode)
{
    struct node node;
    int error = path_resolve(folder, path, true, &node);

    if (error)
        return error;
    return mode & W_OK && !node.kind->write ? -EROFS : 0;
}

long files_access(const char *path, int mode)
{
    return files_faccessat(AT_FDCWD, path, mode);
}

/* The working folder is always the root. */
long files_getcwd(char *to, size_t size)
{
    if (size < 2)
        return -ERANGE;
    memcpy(to, "/", 2);
    return 2;
}

long files_dup(int fd)
{
    return descriptor_copy(fd, 0, false);
}

long files_dup3(int fd, int target, int flags)
{
    return fd == target ? -EINVAL : descriptor_replace(fd, target, flags & O_CLOEXEC);
}

long files_dup2(int fd, int target)
{
    if (fd == target)
        return descriptor_file(fd) ? fd : -EBADF;
    return descriptor_replace(fd, target, false);
}

long files_fcntl(int fd, int command, long argument)
{
    struct file *file = descriptor_file(fd);

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
        file->flags = (file->flags & O_ACCMODE) | (argument & ~O_ACCMODE);
        return 0;
    default:
        return -EINVAL;
    }
}

/* The console says that it has a window, which is how libc recognizes what to
 * write to line by line: a panic then loses no line that was printed before.
 * It has none of a terminal's settings. */
long files_ioctl(int fd, unsigned long request, uint16_t *window)
{
    struct file *file = descriptor_file(fd);

    if (!file)
        return -EBADF;
    if (file->node.kind != &console_file || request != TIOCGWINSZ)
        return -ENOTTY;
    window[0] = 24;
    window[1] = 80;
    window[2] = window[3] = 0;
    return 0;
}
