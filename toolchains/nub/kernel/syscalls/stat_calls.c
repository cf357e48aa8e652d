/*
 * stat and its relatives: one set of facts, three layouts.
 */
#include <files/files.h>
#include <syscalls/handlers.h>
#include <time/clock.h>

#define STATX_BASIC_STATS 0x7ff
#define STATX_RESERVED 0x80000000U

/* The file systems, as st_dev tells them apart. */
enum { TREE_DEVICE = 1, OTHER_DEVICE = 2 };

#ifdef __x86_64__
typedef struct stat_x86_64 native_stat;
_Static_assert(sizeof(native_stat) == 144, "stat layout");
#else
typedef struct stat_i386 native_stat;
_Static_assert(sizeof(native_stat) == 96, "stat64 layout");
#endif

/* Rounds down, also before 1970. */
static void split(int64_t time, int64_t *seconds, uint32_t *part)
{
    int64_t whole = time / (int64_t)NANOSECONDS;

    if (time < whole * (int64_t)NANOSECONDS)
        whole--;
    *seconds = whole;
    *part = time - whole * (int64_t)NANOSECONDS;
}

static void fill(const struct node *node, native_stat *to)
{
    struct attributes a;
    int64_t seconds;
    uint32_t part;

    node_attributes(node, &a);
    *to = (native_stat){
        .dev = node->ram ? TREE_DEVICE : OTHER_DEVICE, .ino = a.ino, .mode = a.mode, .nlink = a.nlink, .uid = a.uid,
        .gid = a.gid, .rdev = a.device, .size = a.size, .blksize = PAGE_SIZE, .blocks = a.blocks,
    };
#ifdef __i386__
    to->short_ino = a.ino;
#endif
    split(a.mtime, &seconds, &part);
    to->mtime.seconds = to->ctime.seconds = to->atime.seconds = seconds;
    to->mtime.nanoseconds = to->ctime.nanoseconds = to->atime.nanoseconds = part;
    if (a.ctime != a.mtime) {
        split(a.ctime, &seconds, &part);
        to->ctime.seconds = seconds;
        to->ctime.nanoseconds = part;
    }
    if (a.atime != a.mtime) {
        split(a.atime, &seconds, &part);
        to->atime.seconds = seconds;
        to->atime.nanoseconds = part;
    }
}

long files_fstatat(int folder, const char *path, void *to, int flags)
{
    struct node node;
    int error;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
        return -EINVAL;
    error = path_locate(folder, path, flags, &node);
    if (!error)
        fill(&node, to);
    return error;
}

long files_stat(const char *path, void *to)
{
    return files_fstatat(AT_FDCWD, path, to, 0);
}

long files_lstat(const char *path, void *to)
{
    return files_fstatat(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}

long files_fstat(int fd, void *to)
{
    struct file *file = descriptor_file(fd);

    if (!file)
        return -EBADF;
    fill(&file->node, to);
    return 0;
}

long files_statx(int folder, const char *path, int flags, unsigned mask, struct statx *to)
{
    struct node node;
    struct attributes a;
    int error;

    if (mask & STATX_RESERVED || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE
        || flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE))
        return -EINVAL;
    error = path_locate(folder, path, flags, &node);
    if (error)
        return error;
    node_attributes(&node, &a);
    *to = (struct statx){
        .mask = STATX_BASIC_STATS, .blksize = PAGE_SIZE, .nlink = a.nlink, .uid = a.uid, .gid = a.gid, .mode = a.mode,
        .ino = a.ino, .size = a.size, .blocks = a.blocks, .rdev_major = a.device >> 8 & 0xfff,
        .rdev_minor = (a.device & 0xff) | (a.device >> 12 & ~0xffU),
        .dev_minor = node.ram ? TREE_DEVICE : OTHER_DEVICE,
    };
    split(a.atime, &to->atime.seconds, &to->atime.nanoseconds);
    split(a.mtime, &to->mtime.seconds, &to->mtime.nanoseconds);
    split(a.ctime, &to->ctime.seconds, &to->ctime.nanoseconds);
    return 0;
}
