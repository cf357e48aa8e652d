/*
 * System calls on names: making, renaming and removing them, and the working
 * folder.
 */
#include <files/names.h>
#include <memory/program.h>
#include <syscalls/handlers.h>

enum { RENAME_NOREPLACE = 1, RENAME_EXCHANGE = 2 };

/* Where a name is to be made that is not there yet. */
static int find_place(int folder, const char *path, struct place *place)
{
    int error = path_place(folder, path, FOLLOW_NOT, place);

    if (!error)
        return -EEXIST;
    return error == -ENOENT && place->parent ? 0 : error;
}

static int create(int folder, const char *path, uint32_t mode, struct ram_node **made)
{
    struct place place;
    int error = find_place(folder, path, &place);

    if (error)
        return error;
    /* Only a folder's name may have a slash behind it. */
    if (place.slash && (mode & S_IFMT) != S_IFDIR)
        return -ENOENT;
    return ram_make(place.parent, place.name, place.length, mode, made);
}

long files_mkdirat(int folder, const char *path, uint32_t mode)
{
    struct ram_node *made;

    return create(folder, path, S_IFDIR | (mode & 01777 & ~permissions_mask), &made);
}

long files_mkdir(const char *path, uint32_t mode)
{
    return files_mkdirat(AT_FDCWD, path, mode);
}

/* A device is known by its number; one that nobody serves cannot be opened. */
long files_mknodat(int folder, const char *path, uint32_t mode, uint32_t device)
{
    uint32_t type = mode & S_IFMT ? mode & S_IFMT : S_IFREG;
    struct ram_node *made;
    int error;

    if (type == S_IFDIR)
        return -EPERM;
    if (type != S_IFREG && type != S_IFCHR && type != S_IFBLK && type != S_IFIFO && type != S_IFSOCK)
        return -EINVAL;
    error = create(folder, path, type | (mode & 07777 & ~permissions_mask), &made);
    if (!error && (type == S_IFCHR || type == S_IFBLK))
        ram_set_device(made, device);
    return error;
}

long files_mknod(const char *path, uint32_t mode, uint32_t device)
{
    return files_mknodat(AT_FDCWD, path, mode, device);
}

long files_symlinkat(const char *target, int folder, const char *path)
{
    struct ram_node *made;
    struct name *name;
    struct place place;
    long length;
    int error;

    length = program_string(target, LONGEST_PATH);
    if (length <= 0)
        return length ? length : -ENOENT;
    error = find_place(folder, path, &place);
    if (!error && place.slash)
        error = -ENOENT;
    if (!error)
        error = ram_make(place.parent, place.name, place.length, S_IFLNK | 0777, &made);
    if (error)
        return error;
    error = ram_set_target(made, target);
    if (error && !ram_find(place.parent, place.name, place.length, &name))
        ram_remove(name);
    return error;
}

long files_symlink(const char *target, const char *path)
{
    return files_symlinkat(target, AT_FDCWD, path);
}

long files_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    struct node node;
    struct place place;
    int error;

    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    error = path_locate(from_folder, from, (flags & AT_EMPTY_PATH) | (flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW), &node);
    if (!error)
        error = find_place(to_folder, to, &place);
    if (error)
        return error;
    if (place.slash || (node.ram && !node.ram->links && !node.ram->linkable))
        return -ENOENT;
    if (!node.ram)
        return -EXDEV;
    return is_folder(&node) ? -EPERM : ram_link(node.ram, place.parent, place.name, place.length);
}

long files_link(const char *from, const char *to)
{
    return files_linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

static long remove_file(const struct place *place, struct name *name)
{
    if (is_folder(&place->node))
        return -EISDIR;
    return place->slash ? -ENOTDIR : ram_remove(name);
}

static long remove_folder(const struct place *place, struct name *name)
{
    return is_folder(&place->node) ? ram_remove(name) : -ENOTDIR;
}

long files_unlinkat(int folder, const char *path, int flags)
{
    struct place place;
    struct name *name;
    int error;

    if (flags & ~AT_REMOVEDIR)
        return -EINVAL;
    error = path_place(folder, path, FOLLOW_NOT, &place);
    if (error)
        return error;
    if (place.last != LAST_NAME) {
        if (!(flags & AT_REMOVEDIR))
            return -EISDIR;
        return place.last == LAST_DOT ? -EINVAL : place.last == LAST_DOTS ? -ENOTEMPTY : -EBUSY;
    }
    error = ram_find(place.parent, place.name, place.length, &name);
    if (error)
        return error;
    return flags & AT_REMOVEDIR ? remove_folder(&place, name) : remove_file(&place, name);
}

long files_unlink(const char *path)
{
    return files_unlinkat(AT_FDCWD, path, 0);
}

long files_rmdir(const char *path)
{
    return files_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

long files_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    struct place source, target;
    struct name *name, *other = NULL;
    int error, missing;

    if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) || flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    error = path_place(from_folder, from, FOLLOW_NOT, &source);
    if (error && !(error == -ENOENT && source.parent))
        return error;
    missing = path_place(to_folder, to, FOLLOW_NOT, &target);
    if (missing && !(missing == -ENOENT && target.parent))
        return missing;
    if ((!error && source.last != LAST_NAME) || (!missing && target.last != LAST_NAME))
        return !missing && flags & RENAME_NOREPLACE && target.last != LAST_NAME ? -EEXIST : -EBUSY;
    if (error)
        return error;
    if (missing ? flags & RENAME_EXCHANGE : flags & RENAME_NOREPLACE)
        return missing ? missing : -EEXIST;
    if (!is_folder(&source.node) && (source.slash || (target.slash && !(flags & RENAME_EXCHANGE))))
        return -ENOTDIR;
    if (flags & RENAME_EXCHANGE && target.slash && !is_folder(&target.node))
        return -ENOTDIR;
    error = ram_find(source.parent, source.name, source.length, &name);
    if (!error && !missing)
        error = ram_find(target.parent, target.name, target.length, &other);
    if (error)
        return error;
    if (flags & RENAME_EXCHANGE)
        return ram_exchange(name, other);
    return ram_move(name, target.parent, target.name, target.length, other);
}

long files_renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return files_renameat2(from_folder, from, to_folder, to, 0);
}

long files_rename(const char *from, const char *to)
{
    return files_renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

long files_getcwd(char *to, size_t size)
{
    long length;

    if (!working_folder->links)
        return -ENOENT; /* it was removed */
    length = path_of(working_folder, NULL, to, program_extent(to, smaller(size, LONGEST_PATH), MAY_WRITE));
    if (length == -ENAMETOOLONG && !program_may_write(to, smaller(size, LONGEST_PATH)))
        return -EFAULT;
    return length == -ENAMETOOLONG && size < LONGEST_PATH ? -ERANGE : length;
}

static long work_in(const struct node *folder)
{
    struct ram_node *before = working_folder;

    if (!is_folder(folder))
        return -ENOTDIR;
    ram_hold(folder->ram);
    working_folder = folder->ram;
    ram_release(before);
    return 0;
}

long files_chdir(const char *path)
{
    struct node node;
    int error = path_resolve(AT_FDCWD, path, true, &node);

    return error ? error : work_in(&node);
}

long files_fchdir(int fd)
{
    struct file *file = descriptor_file(fd);

    return file ? work_in(&file->node) : -EBADF;
}
