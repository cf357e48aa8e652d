/*
 * System calls that lead from a path to an open file, and what they list.
 */
#include <files/listing.h>
#include <files/ram.h>
#include <memory/program.h>
#include <syscalls/handlers.h>

/* The permissions that new files do not get. */
uint32_t permissions_mask = 022;

long files_umask(uint32_t set)
{
    uint32_t before = permissions_mask;

    permissions_mask = set & 0777;
    return before;
}

/* What open() keeps of its flags. */
static long open_node(const struct node *node, int flags)
{
    /* What a descriptor's link in /proc has led to may lie nowhere. */
    if (!node->ram)
        return -ENXIO;
    /* A 64-bit program's files are always large. */
    if (sizeof(long) == 8 && !(flags & O_PATH))
        flags |= O_LARGEFILE;
    return descriptor_open(node, flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY));
}

/* A file without a name in a folder: it goes with its last descriptor, unless it
 * is given a name before. */
static long open_nameless(const struct node *folder, int flags, uint32_t mode)
{
    struct ram_node *ram;
    struct node node;
    long descriptor;

    if (!is_folder(folder))
        return -ENOTDIR;
    if (!(flags & O_ACCMODE))
        return -EINVAL;
    ram = ram_make_nameless(S_IFREG | (mode & 07777 & ~permissions_mask));
    if (!ram)
        return -ENOSPC;
    ram->linkable = !(flags & O_EXCL);
    ram_hold(ram);
    node = ram_to_node(ram);
    descriptor = open_node(&node, flags & ~O_TMPFILE);
    ram_release(ram);
    return descriptor;
}

/* May what is there be opened so? */
static int check_open(const struct node *node, int flags)
{
    if (flags & O_CREAT && flags & O_EXCL)
        return -EEXIST;
    if (flags & O_CREAT && is_folder(node))
        return -EISDIR;
    if (flags & O_DIRECTORY && !is_folder(node))
        return -ENOTDIR;
    if (is_link(node) && !(flags & O_PATH))
        return -ELOOP;
    if (is_folder(node) && flags & (O_ACCMODE | O_TRUNC))
        return -EISDIR;
    return 0;
}

/* Finds it. Only a folder's name has a slash behind it, and those are not made
 * by opening, whatever is there. */
static int find_place(int folder, const char *path, int flags, struct place *place)
{
    int error;

    if (!(flags & O_CREAT))
        return path_place(folder, path, flags & O_NOFOLLOW ? FOLLOW_SLASH : FOLLOW, place);
    error = path_place(folder, path, FOLLOW_NOT, place);
    if (!(place->slash && place->parent) && !(flags & (O_EXCL | O_NOFOLLOW)))
        error = path_place(folder, path, FOLLOW, place);
    return place->slash && place->parent ? -EISDIR : error;
}

/* Opens what is there, or makes it. */
static long open_place(int folder, const char *path, int flags, uint32_t mode)
{
    struct place place;
    struct ram_node *made;
    int error = find_place(folder, path, flags, &place);

    if (error == -ENOENT && flags & O_CREAT && place.parent) {
        error = ram_make(place.parent, place.name, place.length, S_IFREG | (mode & 07777 & ~permissions_mask), &made);
        if (error)
            return error;
        place.node = ram_to_node(made);
    } else {
        if (!error)
            error = check_open(&place.node, flags);
        if (!error && flags & O_TRUNC && place.node.kind->truncate)
            error = place.node.kind->truncate(&place.node, 0);
    }
    return error ? error : open_node(&place.node, flags);
}

long files_openat(int folder, const char *path, int flags, uint32_t mode)
{
    if (descriptors_full())
        return -EMFILE;
    if (flags & O_PATH)
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    if ((flags & O_TMPFILE) == O_TMPFILE) {
        struct node node;
        int error = path_resolve(folder, path, true, &node);

        return error ? error : open_nameless(&node, flags, mode);
    }
    return open_place(folder, path, flags, mode);
}

long files_open(const char *path, int flags, uint32_t mode)
{
    return files_openat(AT_FDCWD, path, flags, mode);
}

long files_creat(const char *path, uint32_t mode)
{
    return files_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

long files_getdents(int fd, void *buffer, size_t size)
{
    struct file *file = descriptor_opened(fd);
    struct listing listing = { .to = buffer, .end = (char *)buffer + size };
    int error;

    if (!file)
        return -EBADF;
    if (!is_folder(&file->node))
        return -ENOTDIR;
    if (!program_may_write(buffer, size))
        return -EFAULT;
    error = file->node.kind->list(file, &listing);
    if (error)
        return error;
    if (listing.full && listing.to == buffer)
        return -EINVAL;
    return listing.to - (char *)buffer;
}

long files_readlinkat(int folder, const char *path, char *to, size_t size)
{
    struct node node;
    const char *target;
    size_t length;
    int error;

    if ((int)size <= 0)
        return -EINVAL;
    /* An empty path stands for the descriptor, if that is a link's own. */
    error = path_locate(folder, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, &node);

    if (error)
        return error;
    if (!is_link(&node))
        return *path ? -EINVAL : -ENOENT;
    error = node.kind->target(&node, &target, &length);
    if (error)
        return error;
    size = smaller(size, length);
    return copy_to_program(to, target, size) ? -EFAULT : (long)size;
}

long files_readlink(const char *path, char *to, size_t size)
{
    if ((int)size > 0 && !program_string(path, LONGEST_PATH))
        return -ENOENT;
    return files_readlinkat(AT_FDCWD, path, to, size);
}
