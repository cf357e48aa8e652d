/*
 * System calls on names: opening, listing, making and removing. Packed files
 * cannot be removed, and nothing can be made beside them: that is answered as
 * on a read-only file system. /tmp and its like are in memory.
 */
#include <files/ram.h>
#include <syscalls/handlers.h>

/* Makes what a path_place() that ended with -ENOENT has not found. */
static int create(const struct place *place, uint32_t mode, struct node *node)
{
    if (!place->parent.kind)
        return -ENOENT;
    if (place->parent.kind != &ram_folder)
        return -EROFS;
    return ram_make(place->parent.object, place->name, mode, node);
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
        error = create(&place, S_IFREG | (mode & 0777 & ~022), node);
        flags &= ~(O_EXCL | O_TRUNC);
    }
    if (error)
        return error;
    if (flags & O_CREAT && flags & O_EXCL)
        return -EEXIST;
    if (node->kind == &archive_link)
        return -ELOOP;
    if (!is_folder(node) && flags & O_DIRECTORY)
        return -ENOTDIR;
    if (flags & (O_ACCMODE | O_TRUNC)) {
        error = make_writable(node);
        if (error)
            return error;
    }
    if (flags & O_TRUNC && node->kind == &ram_file)
        ram_resize(node->object, 0);
    return descriptor_open(node, flags & ~(O_CREAT | O_EXCL | O_TRUNC));
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

static long list_ram(struct file *file, char *start, char *to, char *end)
{
    struct attributes a;
    const char *name;

    while ((name = ram_child(file->node.object, file->position - 2, &a))) {
        if (!put_entry(&to, end, name, a.ino, file->position + 1, a.mode))
            return to == start ? -EINVAL : to - start;
        file->position++;
    }
    return to - start;
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
    if (!is_folder(&file->node))
        return -ENOTDIR;
    for (; file->position < 2; file->position++)
        if (!put_entry(&to, end, file->position ? ".." : ".", 1, file->position + 1, S_IFDIR))
            goto full;
    if (file->node.kind == &ram_folder)
        return list_ram(file, buffer, to, end);
    folder = file->node.entry ? archive_path(file->node.entry) : "";
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
    if (mode & W_OK && !node.kind->write && !(node.kind == &archive_file && node.permissions & 0200))
        return -EROFS;
    return 0;
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

long files_mkdirat(int folder, const char *path, uint32_t mode)
{
    struct place place;
    int error = path_place(folder, path, true, &place);

    if (error == -ENOENT)
        return create(&place, S_IFDIR | (mode & 01777 & ~022), NULL);
    return error ? error : -EEXIST;
}

long files_mkdir(const char *path, uint32_t mode)
{
    return files_mkdirat(AT_FDCWD, path, mode);
}

static bool is_ram(const struct node *node)
{
    return node->kind == &ram_file || node->kind == &ram_folder;
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
    if (target.parent.kind != &ram_folder)
        return -EXDEV;
    return ram_move(source.node.object, target.parent.object, target.name, NULL);
}

long files_rename(const char *from, const char *to)
{
    return files_renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* Owners and permissions mean nothing here, where the program is root. */
long files_permissions(void)
{
    return 0;
}
