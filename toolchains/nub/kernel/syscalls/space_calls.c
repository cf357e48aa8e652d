/*
 * System calls on the room that files take.
 */
#include <files/ram.h>
#include <memory/pages.h>
#include <syscalls/handlers.h>

enum { MOST_ADVICE = 5 };

/* Linux's number for a file system in memory. */
#define TMPFS_MAGIC 0x01021994

long files_ftruncate(int fd, WIDE_ARGUMENTS(size))
{
    struct file *file = descriptor_opened(fd);
    long error;

    if ((int64_t)WIDE(size) < 0)
        return -EINVAL;
    if (!file)
        return -EBADF;
    if (!file->node.kind->truncate || !may_write(file))
        return -EINVAL;
    error = limit_size(WIDE(size));
    return error ? error : file->node.kind->truncate(&file->node, WIDE(size));
}

long files_truncate(const char *path, WIDE_ARGUMENTS(size))
{
    struct node node;
    int error;

    if ((int64_t)WIDE(size) < 0)
        return -EINVAL;
    error = path_resolve(AT_FDCWD, path, true, &node);
    if (error)
        return error;
    if (is_folder(&node))
        return -EISDIR;
    if (!node.kind->truncate)
        return -EINVAL;
    error = limit_size(WIDE(size));
    return error ? error : node.kind->truncate(&node, WIDE(size));
}

static long allocate(struct ram_node *ram, int mode, uint64_t from, uint64_t size)
{
    int error;

    if (mode & FALLOC_FL_PUNCH_HOLE)
        return ram_punch(ram, from, size);
    if (mode & FALLOC_FL_ZERO_RANGE) {
        error = ram_punch(ram, from, size);
        if (error)
            return error;
    }
    error = ram_allocate(ram, from, size);
    if (!error && !(mode & FALLOC_FL_KEEP_SIZE) && from + size > ram->size)
        return ram_resize(ram, from + size);
    return error;
}

long files_fallocate(int fd, int mode, WIDE_ARGUMENTS(from), WIDE_ARGUMENTS(size))
{
    struct file *file = descriptor_opened(fd);
    int64_t start = WIDE(from), length = WIDE(size), end;
    int kind = mode & ~FALLOC_FL_KEEP_SIZE;

    if (!file)
        return -EBADF;
    if (start < 0 || length <= 0)
        return -EINVAL;
    if (kind && kind != FALLOC_FL_ZERO_RANGE && mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
        return -EOPNOTSUPP;
    if (!may_write(file))
        return -EBADF;
    if (file->node.kind->mode == S_IFIFO)
        return -ESPIPE;
    if (file->node.kind != &ram_file && !file->node.kind->allocate)
        return -ENODEV;
    if (__builtin_add_overflow(start, length, &end))
        return -EFBIG;
    if (file->node.kind->allocate) {
        long result;

        file_hold(file);
        result = file->node.kind->allocate(file, mode, start, length);
        file_release(file);
        return result;
    }
    return allocate(file->node.object, mode, start, length);
}

/* All is in memory, whatever is advised: there is nothing to read in time, and
 * nothing that could be dropped. */
static long advise(int fd, int64_t size, int advice)
{
    struct file *file = descriptor_opened(fd);

    if (!file)
        return -EBADF;
    if (file->node.kind->mode == S_IFIFO)
        return -ESPIPE;
    return size < 0 || advice < 0 || advice > MOST_ADVICE ? -EINVAL : 0;
}

long files_fadvise(int fd, WIDE_ARGUMENTS(from), WIDE_ARGUMENTS(size), int advice)
{
    (void)WIDE(from);
    return advise(fd, WIDE(size), advice);
}

static void fill(struct file_system *to)
{
    *to = (struct file_system){
        .type = TMPFS_MAGIC, .block_size = PAGE_SIZE, .blocks = pages_total(), .free = pages_unused(),
        .available = pages_unused(), .files = pages_total(), .free_files = pages_unused(),
        .longest_name = 255, .fragment_size = PAGE_SIZE,
    };
}

static long statfs_of(const char *path, struct file_system *to)
{
    struct node node;
    int error = path_resolve(AT_FDCWD, path, true, &node);

    if (!error)
        fill(to);
    return error;
}

static long statfs_of_file(int fd, struct file_system *to)
{
    if (!descriptor_file(fd))
        return -EBADF;
    fill(to);
    return 0;
}

#ifdef __x86_64__
_Static_assert(sizeof(struct file_system) == 120, "statfs layout");

long files_statfs(const char *path, struct file_system *to)
{
    return statfs_of(path, to);
}

long files_fstatfs(int fd, struct file_system *to)
{
    return statfs_of_file(fd, to);
}
#else
_Static_assert(sizeof(struct file_system) == 84, "statfs64 layout");

long files_statfs64(const char *path, size_t size, struct file_system *to)
{
    return size == sizeof(*to) ? statfs_of(path, to) : -EINVAL;
}

long files_fstatfs64(int fd, size_t size, struct file_system *to)
{
    return size == sizeof(*to) ? statfs_of_file(fd, to) : -EINVAL;
}
#endif
