/*
 * /dev/xvda and so on, as files.
 */
#include <disks/disks.h>
#include <files/ram.h>
#include <linux/interface.h>
#include <memory/program.h>
#include <time/clock.h>

/* A backend takes its time to open what is behind a disk. */
#define PATIENCE 20000000000ULL

#define MEMORY_ALIGNMENT SECTOR /* of O_DIRECT */
#define MOST_AT_ONCE (INT32_MAX & ~PAGE_MASK)

static struct pool pool = { .object_size = sizeof(struct block_file) };

uint64_t block_size(const struct block *block)
{
    return block->sectors << SECTOR_SHIFT;
}

static int open(struct file *file)
{
    struct block *block = file->node.ram->object;
    struct block_file *opened;
    int error = frontend_wait(&block->frontend, clock_monotonic() + PATIENCE);

    if (error)
        return error == -EINTR ? -ERESTART : block->cdrom ? -ENOMEDIUM : -ENXIO;
    opened = pool_take(&pool);
    if (!opened)
        return -ENOMEM;
    *opened = (struct block_file){ block, block->insertion };
    file->state = opened;
    return 0;
}

static void close(struct file *file)
{
    pool_give(&pool, file->state);
}

static bool is_aligned(const struct block *block, const struct iovec *parts, int count, uint64_t position)
{
    uint64_t all = position;
    uintptr_t places = 0;

    for (int i = 0; i < count; i++) {
        all |= parts[i].size;
        places |= (uintptr_t)parts[i].base;
    }
    return !(all & (block->sector_size - 1)) && !(places & (MEMORY_ALIGNMENT - 1));
}

/* What is between the position and the disk's end. The file's own position moves on
 * at once: who comes meanwhile is to go on behind. */
static long access(struct file *file, const struct iovec *list, int count, size_t size, uint64_t *position, bool write)
{
    const struct block_file *opened = file->state;
    struct block *block = opened->block;
    uint64_t at = *position, end = block_size(block);
    struct parts parts = { list, 0, on_kernel_stack(list[0].base) };
    long done;

    if (write && block->readonly)
        return -EPERM;
    if (!size)
        return 0;
    if (at >= end)
        return write ? -ENOSPC : 0;
    if (file->flags & O_DIRECT && !parts.own && !is_aligned(block, list, count, at))
        return -EINVAL;
    size = smaller(smaller(size, end - at), MOST_AT_ONCE);
    *position = at + size;
    done = block_access(block, opened->insertion, write, parts, at, size);
    if (*position == at + size)
        *position = at + (done > 0 ? done : 0);
    if (done > 0 && write && file->flags & (O_SYNC | O_DSYNC)) {
        int error = block_flush(block, opened->insertion);

        if (error)
            return error;
    }
    return done;
}

static long read(struct file *file, void *to, size_t size, uint64_t *position)
{
    const struct iovec all = { to, size };

    return access(file, &all, 1, size, position, false);
}

static long write(struct file *file, const void *from, size_t size, uint64_t *position)
{
    const struct iovec all = { (void *)from, size };

    return access(file, &all, 1, size, position, true);
}

/* The list is the kernel's, for the program might change its own. */
static long access_parts(struct file *file, const struct iovec *parts, int count, uint64_t *position, bool write)
{
    size_t bytes = count * sizeof(*parts), size = 0;
    struct iovec *list = kernel_take(bytes);
    long done;

    if (!list)
        return -ENOMEM;
    memcpy(list, parts, bytes);
    for (int i = 0; i < count; i++)
        size = smaller(size + (uint64_t)smaller(list[i].size, MOST_AT_ONCE), MOST_AT_ONCE);
    done = access(file, list, count, size, position, write);
    kernel_give(list, bytes);
    return done;
}

static int64_t seek(struct file *file, int64_t offset, int whence)
{
    const struct block_file *opened = file->state;
    int64_t size = block_size(opened->block), base = 0;

    if (whence == SEEK_CUR)
        base = file->position;
    else if (whence == SEEK_END)
        base = size;
    else if (whence != SEEK_SET)
        return -EINVAL;
    if (__builtin_add_overflow(base, offset, &offset) || offset < 0 || offset > size)
        return -EINVAL;
    return file->position = offset;
}

static int sync(struct file *file)
{
    const struct block_file *opened = file->state;

    return block_flush(opened->block, opened->insertion);
}

/* As Linux does for a disk that cannot make holes: it can be made zero, and parts of it
 * be given up when nobody cares what is there then. */
static long allocate(struct file *file, int mode, uint64_t from, uint64_t size)
{
    const struct block_file *opened = file->state;
    struct block *block = opened->block;
    uint64_t end = block_size(block);

    if (from >= end)
        return -EINVAL;
    if (size > end - from) {
        if (!(mode & FALLOC_FL_KEEP_SIZE))
            return -EINVAL;
        size = end - from;
    }
    if ((from | size) & (block->sector_size - 1))
        return -EINVAL;
    switch (mode) {
    case FALLOC_FL_ZERO_RANGE:
    case FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE:
        return block->readonly ? -EPERM : block_zero(block, opened->insertion, from, size);
    default:
        return -EOPNOTSUPP;
    }
}

const struct file_kind block_kind = {
    .mode = S_IFBLK, .open = open, .read = read, .write = write, .parts = access_parts, .waits = true, .seek = seek,
    .sync = sync, .allocate = allocate, .ioctl = block_control, .close = close,
};
