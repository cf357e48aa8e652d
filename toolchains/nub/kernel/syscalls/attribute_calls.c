/*
 * System calls on what is known of a file besides its contents. Permissions
 * and times of what is in memory are kept, and shown by stat; permissions keep
 * nobody out, for the program is root. What the image packs stays as it is.
 */
#include <files/ram.h>
#include <syscalls/handlers.h>
#include <time/clock.h>

#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe

static long set_permissions(const struct node *node, uint32_t permissions)
{
    if (is_ram(node))
        ram_set_permissions(node->object, permissions);
    return 0;
}

long files_fchmodat(int folder, const char *path, uint32_t permissions)
{
    struct node node;
    int error = path_resolve(folder, path, true, &node);

    return error ? error : set_permissions(&node, permissions);
}

long files_chmod(const char *path, uint32_t permissions)
{
    return files_fchmodat(AT_FDCWD, path, permissions);
}

long files_fchmod(int fd, uint32_t permissions)
{
    struct file *file = descriptor_file(fd);

    return file ? set_permissions(&file->node, permissions) : -EBADF;
}

/* There are no other owners. */
long files_chown(void)
{
    return 0;
}

/* Without a path it is about the descriptor itself. */
static long set_time(int folder, const char *path, uint64_t seconds, uint32_t part, int flags)
{
    struct file *file = path ? NULL : descriptor_file(folder);
    struct node node;

    if (path) {
        int error = path_resolve(folder, path, !(flags & AT_SYMLINK_NOFOLLOW), &node);

        if (error)
            return error;
    } else if (file) {
        node = file->node;
    } else {
        return -EBADF;
    }
    if (is_ram(&node) && part != UTIME_OMIT)
        ram_set_time(node.object, part == UTIME_NOW ? clock_realtime() : seconds * NANOSECONDS + part);
    return 0;
}

/* Of the two times, access and modification, the second one is kept. */
long files_utimens(int folder, const char *path, const struct timespec64 *times, int flags)
{
    return set_time(folder, path, times ? times[1].seconds : 0, times ? times[1].nanoseconds : UTIME_NOW, flags);
}

long files_utimens32(int folder, const char *path, const struct timespec32 *times, int flags)
{
    return set_time(folder, path, times ? times[1].seconds : 0, times ? times[1].nanoseconds : UTIME_NOW, flags);
}
