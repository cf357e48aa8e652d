/*
 * stat and its relatives: one set of facts, three layouts.
 */
#include <files/files.h>
#include <syscalls/handlers.h>

#define BLOCK 512
#define STATX_BASIC_STATS 0x7ff

#ifdef __x86_64__
typedef struct stat_x86_64 native_stat;
_Static_assert(sizeof(native_stat) == 144, "stat layout");
#else
typedef struct stat_i386 native_stat;
_Static_assert(sizeof(native_stat) == 96, "stat64 layout");
#endif

static long fill(const struct node *node, native_stat *to)
{
    struct attributes a;

    node_attributes(node, &a);
    *to = (native_stat){
        .dev = 1, .ino = a.ino, .mode = a.mode, .nlink = a.nlink, .rdev = a.device,
        .size = a.size, .blksize = PAGE_SIZE, .blocks = (a.size + BLOCK - 1) / BLOCK,
        .atime = { a.mtime, 0 }, .mtime = { a.mtime, 0 }, .ctime = { a.mtime, 0 },
    };
#ifdef __i386__
    to->short_ino = a.ino;
#endif
    return 0;
}

/* What a pair of folder and path names, where an empty path may stand for the
 * folder's descriptor itself. */
static int locate(int folder, const char *path, int flags, struct node *node)
{
    struct file *file;

    if (!(flags & AT_EMPTY_PATH) || (path && *path))
        return path_resolve(folder, path, !(flags & AT_SYMLINK_NOFOLLOW), node);
    if (folder == AT_FDCWD)
        return path_resolve(folder, "/", true, node);
    file = descriptor_file(folder);
    if (!file)
        return -EBADF;
    *node = file->node;
    return 0;
}

long files_fstatat(int folder, const char *path, void *to, int flags)
{
    struct node node;
    int error = locate(folder, path, flags, &node);

    return error ? error : fill(&node, to);
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
    return files_fstatat(fd, "", to, AT_EMPTY_PATH);
}

long files_statx(int folder, const char *path, int flags, unsigned mask, struct statx *to)
{
    struct node node;
    struct attributes a;
    int error = locate(folder, path, flags, &node);

    (void)mask;
    if (error)
        return error;
    node_attributes(&node, &a);
    *to = (struct statx){
        .mask = STATX_BASIC_STATS, .blksize = PAGE_SIZE, .nlink = a.nlink, .mode = a.mode,
        .ino = a.ino, .size = a.size, .blocks = (a.size + BLOCK - 1) / BLOCK,
        .atime = { a.mtime, 0, 0 }, .mtime = { a.mtime, 0, 0 }, .ctime = { a.mtime, 0, 0 },
        .rdev_major = a.device >> 8, .rdev_minor = a.device & 0xff, .dev_minor = 1,
    };
    return 0;
}
