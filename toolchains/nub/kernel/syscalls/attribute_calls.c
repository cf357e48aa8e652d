/*
 * System calls on what is known of a file besides its contents. Permissions and
 * owners are kept, and shown by stat; they keep nobody out, for the program is
 * root.
 */
#include <files/ram.h>
#include <syscalls/handlers.h>
#include <time/clock.h>

#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe

/* The node of what a pair of folder and path names; NULL with an error, or for
 * what has no place in the tree. */
static struct ram_node *find(int folder, const char *path, int flags, long *error)
{
    struct node node;

    *error = path_locate(folder, path, flags, &node);
    return *error ? NULL : node.ram;
}

static long set_permissions(struct ram_node *ram, uint32_t permissions)
{
    ram->mode = (ram->mode & S_IFMT) | (permissions & 07777);
    ram_changed(ram);
    return 0;
}

/* A link has no permissions of its own. */
long files_fchmodat2(int folder, const char *path, uint32_t permissions, int flags)
{
    struct ram_node *ram;
    long error;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    ram = find(folder, path, flags, &error);
    if (ram && ram->kind == &ram_symlink)
        return -EOPNOTSUPP;
    return ram ? set_permissions(ram, permissions) : error;
}

long files_fchmodat(int folder, const char *path, uint32_t permissions)
{
    return files_fchmodat2(folder, path, permissions, 0);
}

long files_chmod(const char *path, uint32_t permissions)
{
    return files_fchmodat2(AT_FDCWD, path, permissions, 0);
}

long files_fchmod(int fd, uint32_t permissions)
{
    struct file *file = descriptor_opened(fd);

    if (!file)
        return -EBADF;
    if (file->node.ram)
        return set_permissions(file->node.ram, permissions);
    file->node.permissions = permissions & 07777;
    return 0;
}

/* -1 leaves one as it is. A program that ran as its owner does so no longer. */
static long set_owner(struct ram_node *ram, uint32_t uid, uint32_t gid)
{
    if (uid != ~0U)
        ram->uid = uid;
    if (gid != ~0U)
        ram->gid = gid;
    if (ram->kind->mode != S_IFDIR)
        ram->mode &= ~(S_ISUID | (ram->mode & 010 ? S_ISGID : 0));
    ram_changed(ram);
    return 0;
}

long files_fchownat(int folder, const char *path, uint32_t uid, uint32_t gid, int flags)
{
    struct ram_node *ram;
    long error;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    ram = find(folder, path, flags, &error);
    return ram ? set_owner(ram, uid, gid) : error;
}

long files_chown(const char *path, uint32_t uid, uint32_t gid)
{
    return files_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long files_lchown(const char *path, uint32_t uid, uint32_t gid)
{
    return files_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long files_fchown(int fd, uint32_t uid, uint32_t gid)
{
    struct file *file = descriptor_opened(fd);

    if (!file)
        return -EBADF;
    return file->node.ram ? set_owner(file->node.ram, uid, gid) : 0;
}

static bool is_time(int64_t part)
{
    return (part >= 0 && part < (int64_t)NANOSECONDS) || part == UTIME_NOW || part == UTIME_OMIT;
}

/* Times further away than 64 bits of nanoseconds reach are the last that they do. */
static void set_time(int64_t *time, int64_t seconds, int64_t part)
{
    const int64_t most = INT64_MAX / (int64_t)NANOSECONDS - 1;

    if (part == UTIME_OMIT)
        return;
    seconds = seconds > most ? most : seconds < -most ? -most : seconds;
    *time = part == UTIME_NOW ? (int64_t)clock_realtime() : seconds * (int64_t)NANOSECONDS + part;
}

/* Without a path it is about the descriptor itself. */
static long set_times(int folder, const char *path, const struct timespec64 *times, int flags)
{
    struct ram_node *ram;
    long error;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) || (!path && flags & ~AT_EMPTY_PATH))
        return -EINVAL;
    if (!is_time(times[0].nanoseconds) || !is_time(times[1].nanoseconds))
        return -EINVAL;
    if (times[0].nanoseconds == UTIME_OMIT && times[1].nanoseconds == UTIME_OMIT)
        return 0;
    if (path) {
        ram = find(folder, path, flags, &error);
        if (error)
            return error;
    } else {
        struct file *file = descriptor_opened(folder);

        if (!file)
            return -EBADF;
        ram = file->node.ram;
    }
    if (ram) {
        set_time(&ram->atime, times[0].seconds, times[0].nanoseconds);
        set_time(&ram->mtime, times[1].seconds, times[1].nanoseconds);
        ram_changed(ram);
    }
    return 0;
}

static const struct timespec64 now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };

long files_utimens(int folder, const char *path, const struct timespec64 *times, int flags)
{
    struct timespec64 own[2];

    if (!times)
        return set_times(folder, path, now, flags);
    /* Only the low half counts on i386. */
    for (int i = 0; i < 2; i++)
        own[i] = (struct timespec64){ times[i].seconds, (long)times[i].nanoseconds };
    return set_times(folder, path, own, flags);
}

long files_utimens32(int folder, const char *path, const struct timespec32 *times, int flags)
{
    struct timespec64 own[2];

    if (!times)
        return set_times(folder, path, now, flags);
    for (int i = 0; i < 2; i++)
        own[i] = (struct timespec64){ times[i].seconds, times[i].nanoseconds };
    return set_times(folder, path, own, flags);
}

/* The program is root, so only what is really impossible is refused. */
long files_faccessat2(int folder, const char *path, int mode, int flags)
{
    struct node node;
    struct attributes a;
    int error;

    if (mode & ~(R_OK | W_OK | X_OK) || flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    error = path_locate(folder, path, flags, &node);
    if (error)
        return error;
    node_attributes(&node, &a);
    /* Not even root may execute what nobody may. */
    if (mode & X_OK && !is_folder(&node) && !(a.mode & 0111))
        return -EACCES;
    return 0;
}

long files_faccessat(int folder, const char *path, int mode)
{
    return files_faccessat2(folder, path, mode, 0);
}

long files_access(const char *path, int mode)
{
    return files_faccessat2(AT_FDCWD, path, mode, 0);
}
