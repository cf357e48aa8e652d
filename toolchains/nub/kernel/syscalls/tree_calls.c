/*
 * System calls on names: opening, listing, making and removing. Packed files
 * cannot be removed or renamed: that is answered as on a read-only file
 * system. What is made beside them is in memory, as /tmp and its like are.
 */
#include <files/ram.h>
#include <syscalls/handlers.h>

/* The permissions that new files do not get. */
static uint32_t mask = 022;

long files_umask(uint32_t set)
{
    uint32_t before = mask;

    mask = set & 0777;
    return before;
}

/* The folder in memory of what is made in `parent`. */
static int folder_for(const struct node *parent, struct ram_node **folder)
{
    char path[LONGEST_PATH];

    if (!parent->kind)
        return -ENOENT;
    if (parent->kind == &ram_folder) {
        *folder = parent->object;
        return 0;
    }
    path_of(parent, path, sizeof(path));
    return ram_way(path, strlen(path), folder);
}

/* Makes what a path_place() that ended with -ENOENT has not found. */
static int create(const struct place *place, uint32_t mode, struct node *node)
{
    struct ram_node *folder;
    int error = folder_for(&place->parent, &folder);

    return error ? error : ram_make(folder, place->name, mode, node);
}

/* A packed file that may be written is changed in memory only: every boot
 * starts from the image. Who writes to a disk of the image wants just that. */
static int make_writable(struct node *node)
{
    if (node->kind->write)
        return 0;
    if (is_folder(node))
        return -EISDIR;
    if (node->kind != &archive_file || !(node->permissions & 0200))
        return -EROFS;
    return ram_make_changed(node->entry, node);
}

long files_openat(int folder, const char *path, int flags, uint32_t mode)
{
    struct place place;
    int error = path_place(folder, path, !(flags & O_NOFOLLOW), &place);
    struct node *node = &place.node;

    if (error == -ENOENT && flags & O_CREAT) {
        error = create(&place, S_IFREG | (mode & 07777 & ~mask), node);
        flags &= ~(O_EXCL | O_TRUNC);
    }
    if (error)
        return error;
    if (flags & O_CREAT && flags & O_EXCL)
        return -EEXIST;
    if (is_link(node))
        return -ELOOP;
    if (!is_folder(node) && flags & O_DIRECTORY)
        return -ENOTDIR;
    if (flags & (O_ACCMODE | O_TRUNC)) {
        error = make_writable(node);
        if (error)
            return error;
    }
    if (flags & O_TRUNC && node->kind->truncate)
        node->kind->truncate(node, 0);
    return descriptor_open(node, flags & ~(O_CREAT | O_EXCL | O_TRUNC));
}

long files_truncate(const char *path, WIDE_ARGUMENTS(size))
{
    struct node node;
    int error = path_resolve(AT_FDCWD, path, true, &node);

    if (!error)
        error = make_writable(&node);
    if (error)
        return error;
    return node.kind->truncate ? node.kind->truncate(&node, WIDE(size)) : -EINVAL;
}

long files_open(const char *path, int flags, uint32_t mode)
{
    return files_openat(AT_FDCWD, path, flags, mode);
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

/* Lists from the position on, of which `first` is that of the first entry. */
static long list_ram(struct file *file, const struct ram_node *folder, uint64_t first,
                     char *start, char *to, char *end)
{
    uint64_t order = file->position - first;
    struct attributes a;
    const char *name;

    while (folder && (name = ram_child(folder, &order, &a))) {
        if (*name && !put_entry(&to, end, name, a.ino, first + order + 1, a.mode))
            return to == start ? -EINVAL : to - start;
        file->position = first + ++order;
    }
    return to - start;
}

/* A folder's position: 0 and 1 are "." and "..", n + 2 is the packed entry n
 * or the next one that is in the folder. Behind all of these is what was made
 * in the folder. */
long files_getdents(int fd, void *buffer, size_t size)
{
    struct file *file = descriptor_file(fd);
    char *to = buffer, *end = to + size;
    const char *folder;

    if (!file)
        return -EBADF;
    if (!is_folder(&file->node))
        return -ENOTDIR;
    for (; file->position < 2; file->position++)
        if (!put_entry(&to, end, file->position ? ".." : ".", 1, file->position + 1, S_IFDIR))
            goto full;
    if (file->node.kind == &ram_folder)
        return list_ram(file, file->node.object, 2, buffer, to, end);
    folder = file->node.entry ? archive_path(file->node.entry) : "";
    for (;;) {
        uint64_t behind = __nub_files.entry_count + 2;
        const struct archive_entry *entry = archive_child(folder, file->position - 2);
        const char *name;
        size_t number;

        if (!entry) {
            file->position = larger(file->position, behind);
            return list_ram(file, ram_find(folder), behind, buffer, to, end);
        }
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
    const char *target;
    size_t length;
    int error = path_resolve(folder, path, false, &node);

    if (error)
        return error;
    if (!is_link(&node))
        return -EINVAL;
    target = link_target(&node, &length);
    size = smaller(size, length);
    memcpy(to, target, size);
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
    if (mode & W_OK && !node.kind->write && !(node.kind == &archive_file && node.permissions & 0200))
        return -EROFS;
    /* Not even root may execute what nobody may. */
    if (mode & X_OK && !is_folder(&node) && !(node.permissions & 0111))
        return -EACCES;
    return 0;
}

long files_access(const char *path, int mode)
{
    return files_faccessat(AT_FDCWD, path, mode);
}

long files_getcwd(char *to, size_t size)
{
    char path[LONGEST_PATH + 1] = "/";
    struct attributes a;
    size_t length;

    node_attributes(&working_folder, &a);
    if (!a.nlink)
        return -ENOENT; /* it was removed */
    path_of(&working_folder, path + 1, sizeof(path) - 1);
    length = strlen(path) + 1;
    if (size < length)
        return -ERANGE;
    memcpy(to, path, length);
    return length;
}

static long work_in(const struct node *folder)
{
    if (!is_folder(folder))
        return -ENOTDIR;
    if (is_ram(folder))
        ram_hold(folder->object);
    if (is_ram(&working_folder))
        ram_release(working_folder.object);
    working_folder = *folder;
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

long files_mkdirat(int folder, const char *path, uint32_t mode)
{
    struct place place;
    int error = path_place(folder, path, true, &place);

    if (error == -ENOENT)
        return create(&place, S_IFDIR | (mode & 01777 & ~mask), NULL);
    return error ? error : -EEXIST;
}

long files_symlinkat(const char *target, int folder, const char *path)
{
    struct place place;
    int error = path_place(folder, path, false, &place);

    if (error != -ENOENT)
        return error ? error : -EEXIST;
    if (!*target)
        return -ENOENT;
    if (strlen(target) >= LONGEST_PATH)
        return -ENAMETOOLONG;
    error = create(&place, S_IFLNK | 0777, &place.node);
    if (error)
        return error;
    error = ram_set_target(place.node.object, target);
    if (error)
        ram_remove(place.node.object);
    return error;
}

long files_symlink(const char *target, const char *path)
{
    return files_symlinkat(target, AT_FDCWD, path);
}

long files_mkdir(const char *path, uint32_t mode)
{
    return files_mkdirat(AT_FDCWD, path, mode);
}

long files_unlinkat(int folder, const char *path, int flags)
{
    struct node node;
    int error = path_resolve(folder, path, false, &node);

    if (error)
        return error;
    if (is_folder(&node) != !!(flags & AT_REMOVEDIR))
        return is_folder(&node) ? -EISDIR : -ENOTDIR;
    return is_ram(&node) ? ram_remove(node.object) : -EROFS;
}

long files_unlink(const char *path)
{
    return files_unlinkat(AT_FDCWD, path, 0);
}

long files_rmdir(const char *path)
{
    return files_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

long files_renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    struct place source, target;
    struct ram_node *folder;
    int error = path_place(from_folder, from, false, &source);

    if (error)
        return error;
    error = path_place(to_folder, to, false, &target);
    if (error && (error != -ENOENT || !target.parent.kind))
        return error;
    if (!is_ram(&source.node))
        return -EROFS;
    if (!error)
        return is_ram(&target.node) ? ram_replace(source.node.object, target.node.object) : -EXDEV;
    error = folder_for(&target.parent, &folder);
    return error ? error : ram_move(source.node.object, folder, target.name, NULL);
}

long files_rename(const char *from, const char *to)
{
    return files_renameat(AT_FDCWD, from, AT_FDCWD, to);
}
