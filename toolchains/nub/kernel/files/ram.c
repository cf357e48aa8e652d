/*
 * Nodes of the tree: made, named, renamed and removed.
 */
#include <files/names.h>
#include <memory/pages.h>
#include <time/clock.h>

static struct pool pool = { .object_size = sizeof(struct ram_node) };

/* Targets of links are text; short ones share a page. */
#define SHORT_TARGET 64
static struct pool targets = { .object_size = SHORT_TARGET };

static bool is_ram_folder(const struct ram_node *ram)
{
    return ram->kind->mode == S_IFDIR;
}

static const struct file_kind *kind_of(uint32_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR: return &ram_folder;
    case S_IFLNK: return &ram_symlink;
    case S_IFREG: return &ram_file;
    case S_IFIFO: return &fifo_file;
    default: return &unserved_file;
    }
}

static struct ram_node *make(uint32_t mode)
{
    static uint64_t last_number;
    struct ram_node *ram = pool_take(&pool);
    int64_t now = clock_realtime();

    if (ram)
        *ram = (struct ram_node){
            .kind = kind_of(mode), .number = ++last_number, .mode = mode,
            .atime = now, .mtime = now, .ctime = now,
        };
    return ram;
}

static void forget_target(struct ram_node *link)
{
    /* That of a packed link is in the image. */
    if (!link->target || link->base)
        return;
    if (link->size < SHORT_TARGET)
        pool_give(&targets, (char *)link->target);
    else
        page_give((uintptr_t)link->target >> PAGE_SHIFT);
}

/* The node goes once nothing leads to it. */
static void forget(struct ram_node *ram)
{
    struct ram_node *parent = ram->parent;

    if (ram->links || ram->users)
        return;
    forget_target(ram);
    ram->seals = 0;
    ram_resize(ram, 0);
    if (ram->label)
        name_free(ram->label);
    pool_give(&pool, ram);
    if (parent)
        ram_release(parent);
}

/* A folder that has been removed still knows where it was: ".." leads there. */
static void lose_link(struct ram_node *ram)
{
    ram->ctime = clock_realtime();
    if (is_ram_folder(ram)) {
        ram->links = 0;
        ram->parent->links--;
        ram_hold(ram->parent);
    } else {
        ram->links--;
    }
}

void ram_hold(struct ram_node *ram)
{
    ram->users++;
}

void ram_release(struct ram_node *ram)
{
    ram->users--;
    forget(ram);
}

static void put(struct name *name, struct ram_node *folder)
{
    struct ram_node *ram = name->node;

    name_put(name, folder);
    folder->mtime = folder->ctime = clock_realtime();
    if (is_ram_folder(ram))
        ram->parent = folder;
}

/* May names be made in the folder? */
static int check_folder(const struct ram_node *folder)
{
    if (folder->fixed || folder->kind != &ram_folder)
        return -EACCES;
    return folder->links ? 0 : -ENOENT; /* it was removed */
}

int ram_link(struct ram_node *ram, struct ram_node *folder, const char *text, size_t length)
{
    struct name *name;
    int error = check_folder(folder);

    if (error)
        return error;
    name = name_make(text, length, ram);
    if (!name)
        return -ENOSPC;
    put(name, folder);
    ram->ctime = folder->ctime;
    ram->links++;
    if (is_ram_folder(ram)) {
        ram->links = 2; /* and its own "." */
        folder->links++;
    }
    return 0;
}

struct ram_node *ram_make_nameless(uint32_t mode)
{
    return make(mode);
}

int ram_make_unnamed(const char *label, uint32_t mode, struct node *node)
{
    struct ram_node *ram = make(mode);

    if (!ram)
        return -ENOSPC;
    ram->label = name_make(label, strlen(label), ram);
    if (!ram->label) {
        forget(ram);
        return -ENOSPC;
    }
    *node = ram_to_node(ram);
    return 0;
}

int ram_make(struct ram_node *folder, const char *name, size_t length, uint32_t mode, struct ram_node **made)
{
    struct ram_node *ram = make(mode);
    int error;

    if (!ram)
        return -ENOSPC;
    error = ram_link(ram, folder, name, length);
    if (error)
        forget(ram);
    else
        *made = ram;
    return error;
}

/* Gives a packed entry its place in the tree. */
static int unpack_entry(struct ram_node *folder, const char *name, const struct archive_entry *entry)
{
    struct ram_node *ram;
    int error = ram_make(folder, name, strlen(name), entry->mode, &ram);

    if (error)
        return error;
    ram->atime = ram->mtime = ram->ctime = entry->mtime * NANOSECONDS;
    if (ram->kind == &ram_folder) {
        ram->packed = entry;
        ram->unread = true;
    } else {
        ram->base = archive_at(entry->data_offset);
        ram->size = ram->base_size = entry->size;
        ram->target = ram->kind == &ram_symlink ? ram->base : NULL;
    }
    return 0;
}

/* Names what is packed in a folder, which is put off until somebody looks. */
static int unpack(struct ram_node *folder)
{
    const char *path = folder->packed ? archive_path(folder->packed) : "";
    size_t at = folder->packed ? folder->packed - archive_entries() + 1 : 0, skip = *path ? strlen(path) + 1 : 0;
    const struct archive_entry *entry;
    int64_t mtime = folder->mtime;

    while ((entry = archive_child(path, at))) {
        const char *name = archive_path(entry) + skip;
        int error = name_find(folder, name, strlen(name)) ? 0 : unpack_entry(folder, name, entry);

        if (error)
            return error;
        at = entry - archive_entries() + 1;
    }
    folder->unread = false;
    folder->mtime = folder->ctime = mtime;
    return 0;
}

int ram_find(struct ram_node *folder, const char *text, size_t length, struct name **found)
{
    int error = folder->unread ? unpack(folder) : 0;

    if (error)
        return error;
    *found = name_find(folder, text, length);
    return *found ? 0 : -ENOENT;
}

static int check_removable(struct name *name)
{
    struct ram_node *ram = name->node;
    int error = ram->unread ? unpack(ram) : 0;

    if (name->folder->fixed)
        return -EPERM;
    return error ? error : ram->first ? -ENOTEMPTY : 0;
}

int ram_remove(struct name *name)
{
    struct ram_node *ram = name->node, *folder = name->folder;
    int error = check_removable(name);

    if (error)
        return error;
    name_take(name);
    name_free(name);
    lose_link(ram);
    folder->mtime = folder->ctime = ram->ctime;
    forget(ram);
    return 0;
}

/* Is `ram` the folder, or can it be found on the way up from there? */
static bool is_above(const struct ram_node *ram, const struct ram_node *folder)
{
    while (folder != ram && folder != tree_root)
        folder = folder->parent;
    return folder == ram;
}

int ram_move(struct name *name, struct ram_node *folder, const char *text, size_t length, struct name *target)
{
    struct ram_node *ram = name->node, *from = name->folder;
    struct name *moved;
    int error = 0;

    if (target && target->node == ram)
        return 0;
    if (is_ram_folder(ram) && is_above(ram, folder))
        return -EINVAL;
    error = from->fixed ? -EPERM : check_folder(folder);
    if (error)
        return error;
    if (target && is_above(target->node, from))
        return -ENOTEMPTY;
    if (target && is_ram_folder(target->node) != is_ram_folder(ram))
        return is_ram_folder(ram) ? -ENOTDIR : -EISDIR;
    if (target)
        error = check_removable(target);
    if (error)
        return error;
    moved = name_make(text, length, ram);
    if (!moved)
        return -ENOSPC;
    if (target)
        ram_remove(target);
    name_take(name);
    name_free(name);
    put(moved, folder);
    ram->ctime = from->mtime = from->ctime = folder->ctime;
    if (is_ram_folder(ram)) {
        from->links--;
        folder->links++;
    }
    return 0;
}

int ram_exchange(struct name *one, struct name *other)
{
    struct ram_node *first = one->node, *second = other->node;
    int links = is_ram_folder(first) - is_ram_folder(second);

    if (first == second)
        return 0;
    if (one->folder->fixed || other->folder->fixed)
        return -EPERM;
    if ((is_ram_folder(first) && is_above(first, other->folder))
        || (is_ram_folder(second) && is_above(second, one->folder)))
        return -EINVAL;
    names_exchange(one, other);
    one->folder->links -= links;
    other->folder->links += links;
    if (is_ram_folder(first))
        first->parent = other->folder;
    if (is_ram_folder(second))
        second->parent = one->folder;
    first->ctime = second->ctime = clock_realtime();
    one->folder->mtime = one->folder->ctime = first->ctime;
    other->folder->mtime = other->folder->ctime = first->ctime;
    return 0;
}

int ram_set_target(struct ram_node *link, const char *target)
{
    size_t length = strlen(target);
    char *text;

    if (length < SHORT_TARGET) {
        text = pool_take(&targets);
    } else {
        pfn page = page_take();

        text = page == NO_PAGE ? NULL : page_address(page);
    }
    if (!text)
        return -ENOSPC;
    memcpy(text, target, length);
    link->target = text;
    link->size = length;
    return 0;
}

void ram_set_device(struct ram_node *ram, uint32_t number)
{
    for (const struct device *at = __nub_devices_start; at < __nub_devices_end; at++)
        if (at->number == number && at->kind->mode == (ram->mode & S_IFMT))
            ram->kind = at->kind;
    ram->device = number;
}

void ram_changed(struct ram_node *ram)
{
    ram->ctime = clock_realtime();
}

struct node ram_to_node(struct ram_node *ram)
{
    return (struct node){ .kind = ram->kind, .object = ram, .ram = ram };
}
