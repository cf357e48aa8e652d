/*
 * Folders and links of the tree as files, and the tree as it is at the start.
 */
#include <files/names.h>

static struct ram_node root = {
    .kind = &ram_folder, .mode = S_IFDIR | 0755, .links = 2, .unread = true, .parent = &root,
};
struct ram_node *tree_root = &root;

static int find_in_ram(const struct node *folder, const char *text, size_t length, struct node *found)
{
    struct name *name;
    int error = ram_find(folder->ram, text, length, &name);

    if (!error)
        *found = ram_to_node(name->node);
    return error;
}

/* The first of a folder's names with this order or a later one. Who lists a long
 * folder comes back to where he was. */
static struct name *name_from(const struct ram_node *folder, uint64_t order)
{
    struct name *at = folder->last;

    while (at && at->before && at->before->order >= order)
        at = at->before;
    return at && at->order >= order ? at : NULL;
}

/* Position 0 and 1 are "." and "..", n + 2 is the name with the order n or the
 * next one that is still there. */
static int list_ram(struct file *file, struct listing *listing)
{
    struct ram_node *folder = file->node.ram;
    struct name *none;
    int error = ram_find(folder, "", 0, &none); /* names what is packed there */

    if (error != -ENOENT)
        return error;
    if (!folder->links)
        return -ENOENT;
    for (; file->position < 2; file->position++) {
        uint64_t number = file->position ? folder->parent->number : folder->number;

        if (!listing_add(listing, file->position ? ".." : ".", number, file->position + 1, S_IFDIR))
            return 0;
    }
    for (struct name *at = name_from(folder, file->position - 2); at; at = at->after) {
        if (!listing_add(listing, at->text, at->node->number, at->order + 3, at->node->mode))
            break;
        file->position = at->order + 3;
    }
    return 0;
}

static long read_folder(struct file *file, void *to, size_t size, uint64_t *position)
{
    (void)file;
    (void)to;
    (void)size;
    (void)position;
    return -EISDIR;
}

static int64_t seek_folder(struct file *file, int64_t offset, int whence)
{
    if (whence == SEEK_END)
        return -EINVAL;
    return seek_in_file(file, offset, whence);
}

static int target_of_ram(const struct node *link, const char **path, size_t *length)
{
    *path = link->ram->target;
    *length = link->ram->size;
    return 0;
}

const struct file_kind ram_folder = {
    .mode = S_IFDIR, .read = read_folder, .seek = seek_folder, .find = find_in_ram, .list = list_ram,
};
const struct file_kind ram_symlink = { .mode = S_IFLNK, .target = target_of_ram };

/* Sees to it that a path is there: folders on the way are made. Who has no
 * memory for these names has none for anything. */
static struct ram_node *plant(const char *path, uint32_t mode)
{
    struct ram_node *at = tree_root;

    while (*path) {
        struct name *name;
        size_t length = 0;
        int error;

        while (path[length] && path[length] != '/')
            length++;
        error = ram_find(at, path, length, &name);
        if (!error)
            at = name->node;
        else if (error != -ENOENT || ram_make(at, path, length, path[length] ? S_IFDIR | 0755 : mode, &at))
            panic("out of memory: no place for /%s", path);
        path += length + (path[length] == '/');
    }
    return at;
}

void tree_start(void)
{
    static const struct {
        const char *path;
        uint32_t permissions;
    } folders[] = {
        { "tmp", 01777 }, { "run", 0755 }, { "var/tmp", 01777 }, { "dev/shm", 01777 },
    };

    static const struct {
        const char *path, *target;
    } links[] = {
        { "dev/fd", "/proc/self/fd" }, { "dev/stdin", "/proc/self/fd/0" }, { "dev/stdout", "/proc/self/fd/1" },
        { "dev/stderr", "/proc/self/fd/2" }, { "proc/self", "1" }, { "proc/1/root", "/" },
        { "proc/mounts", "self/mounts" },
    };

    working_folder = tree_root;
    ram_hold(tree_root);
    ram_changed(tree_root);
    root.atime = root.mtime = root.ctime;
    for (size_t i = 0; i < COUNT_OF(folders); i++)
        plant(folders[i].path, S_IFDIR | folders[i].permissions);
    for (const struct device *at = __nub_devices_start; at < __nub_devices_end; at++) {
        struct ram_node *ram;

        if (at->kind->present && !*at->kind->present)
            continue;
        ram = plant(at->path, at->kind->mode | at->permissions);
        /* Whatever the image packs there. */
        ram->kind = at->kind;
        ram->mode = at->kind->mode | at->permissions;
        ram->device = at->number;
        ram->size = ram->base_size = 0;
    }
    for (size_t i = 0; i < COUNT_OF(links); i++) {
        struct ram_node *link = plant(links[i].path, S_IFLNK | 0777);

        if (link->kind == &ram_symlink && !link->target)
            ram_set_target(link, links[i].target);
    }
    plant("proc", 0)->fixed = plant("proc/1", 0)->fixed = true;
}

/* Whatever was there under that name is the device now. */
struct ram_node *tree_add_device(const char *name, const struct file_kind *kind, uint32_t number,
                                 uint32_t permissions, void *object)
{
    struct name *folder, *there;
    struct ram_node *ram;

    if (ram_find(tree_root, "dev", 3, &folder) || folder->node->kind != &ram_folder)
        return NULL;
    if (!ram_find(folder->node, name, strlen(name), &there))
        ram = there->node;
    else if (ram_make(folder->node, name, strlen(name), kind->mode | permissions, &ram))
        return NULL;
    ram->kind = kind;
    ram->mode = kind->mode | permissions;
    ram->device = number;
    ram->object = object;
    ram->size = ram->base_size = 0;
    ram_hold(ram);
    return ram;
}

/* The program may have moved it. */
void tree_remove_device(struct ram_node *ram, const char *name)
{
    struct name *folder, *there;

    if (!ram_find(tree_root, "dev", 3, &folder) && !ram_find(folder->node, name, strlen(name), &there)
        && there->node == ram)
        ram_remove(there);
    ram_release(ram);
}
