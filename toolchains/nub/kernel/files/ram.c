/*
 * Names in the writable part of the tree: making, finding and removing them.
 */
#include <files/ram.h>
#include <files/ram_data.h>
#include <time/clock.h>

static struct pool pool = { .object_size = sizeof(struct ram_node) };

/* The tree as it is at the start. Ways lead to it where the image packs no
 * folder of that name. */
static struct ram_node root, tmp, run, dev, dev_shm, var, var_tmp;

static struct ram_node root = { .mode = S_IFDIR | 0755, .name = "", .way = true, .first = &tmp };
static struct ram_node tmp = { .mode = S_IFDIR | 01777, .name = "tmp", .parent = &root, .next = &run };
static struct ram_node run = { .mode = S_IFDIR | 0755, .name = "run", .parent = &root, .next = &dev };
static struct ram_node dev = {
    .mode = S_IFDIR | 0755, .name = "dev", .way = true, .parent = &root, .next = &var, .first = &dev_shm,
};
static struct ram_node dev_shm = { .mode = S_IFDIR | 01777, .name = "shm", .parent = &dev };
static struct ram_node var = {
    .mode = S_IFDIR | 0755, .name = "var", .way = true, .parent = &root, .first = &var_tmp,
};
static struct ram_node var_tmp = { .mode = S_IFDIR | 01777, .name = "tmp", .parent = &var };

static struct ram_node *child(const struct ram_node *folder, const char *name, size_t length)
{
    struct ram_node *at = folder->first;

    while (at && (strncmp(at->name, name, length) || at->name[length]))
        at = at->next;
    return at;
}

struct ram_node *ram_find(const char *path)
{
    struct ram_node *at = &root;

    while (at && *path) {
        size_t length = 0;

        while (path[length] && path[length] != '/')
            length++;
        at = (at->mode & S_IFMT) == S_IFDIR ? child(at, path, length) : NULL;
        path += length + (path[length] == '/');
    }
    return at == &root ? NULL : at;
}

bool ram_is_way(const struct ram_node *ram)
{
    return ram->way;
}

struct node ram_to_node(struct ram_node *ram)
{
    return (struct node){
        .kind = (ram->mode & S_IFMT) == S_IFDIR ? &ram_folder : &ram_file,
        .object = ram,
        .permissions = ram->mode & 07777,
    };
}

void ram_attributes(const struct ram_node *ram, struct attributes *a)
{
    *a = (struct attributes){
        .ino = (uintptr_t)ram, .size = ram->size, .mtime = ram->mtime / NANOSECONDS, .mode = ram->mode,
        .nlink = ram->parent ? 1 : 0,
    };
}

void ram_path(const struct ram_node *ram, char *to, size_t size)
{
    if (ram->parent && ram->parent != &root) {
        ram_path(ram->parent, to, size);
        size_t length = strlen(to);
        format(to + length, size - length, "/%s", ram->name);
    } else {
        format(to, size, "%s", ram->name);
    }
}

const char *ram_child(const struct ram_node *folder, size_t number, struct attributes *attributes)
{
    struct ram_node *at = folder->first;

    while (at && number--)
        at = at->next;
    if (!at)
        return NULL;
    ram_attributes(at, attributes);
    return at->name;
}

static void link_into(struct ram_node *ram, struct ram_node *folder)
{
    ram->parent = folder;
    ram->next = folder->first;
    folder->first = ram;
    folder->mtime = clock_realtime();
}

static void unlink_from(struct ram_node *ram)
{
    struct ram_node **link = &ram->parent->first;

    while (*link != ram)
        link = &(*link)->next;
    *link = ram->next;
    ram->parent->mtime = clock_realtime();
    ram->parent = NULL;
}

static int make(struct ram_node *folder, const char *name, size_t length, uint32_t mode, struct node *node)
{
    struct ram_node *ram;

    if (length >= sizeof(ram->name))
        return -ENAMETOOLONG;
    ram = pool_take(&pool);
    if (!ram)
        return -ENOSPC;
    memset(ram, 0, sizeof(*ram));
    ram->mode = mode;
    ram->mtime = clock_realtime();
    memcpy(ram->name, name, length);
    link_into(ram, folder);
    if (node)
        *node = ram_to_node(ram);
    return 0;
}

int ram_make(struct ram_node *folder, const char *name, uint32_t mode, struct node *node)
{
    return folder->way ? -EROFS : make(folder, name, strlen(name), mode, node);
}

int ram_make_changed(const struct archive_entry *entry, struct node *node)
{
    const char *name = archive_path(entry);
    struct ram_node *folder = &root, *ram;
    int error;

    for (;;) {
        size_t length = 0;
        struct node way;

        while (name[length] && name[length] != '/')
            length++;
        if (!name[length])
            break;
        ram = child(folder, name, length);
        if (!ram) {
            error = make(folder, name, length, S_IFDIR | 0755, &way);
            if (error)
                return error;
            ram = way.object;
            ram->way = true;
        }
        folder = ram;
        name += length + 1;
    }
    error = make(folder, name, strlen(name), entry->mode, node);
    if (error)
        return error;
    ram = node->object;
    ram->base = archive_at(entry->data_offset);
    ram->size = ram->base_size = entry->size;
    return 0;
}

static bool is_fixed(const struct ram_node *ram)
{
    return ram == &run || ram == &tmp || ram == &var_tmp || ram == &dev_shm || ram->way;
}

static void forget(struct ram_node *ram)
{
    if (ram->parent || ram->users)
        return;
    ram_data_resize(ram, 0);
    pool_give(&pool, ram);
}

int ram_remove(struct ram_node *ram)
{
    if (is_fixed(ram) || ram->base)
        return -EROFS;
    if (ram->first)
        return -ENOTEMPTY;
    unlink_from(ram);
    forget(ram);
    return 0;
}

/* Can `ram` be found on the way from the root to `at`? */
static bool is_above(const struct ram_node *ram, const struct ram_node *at)
{
    while (at && at != ram)
        at = at->parent;
    return at;
}

int ram_move(struct ram_node *ram, struct ram_node *folder, const char *name, struct ram_node *target)
{
    if (is_fixed(ram) || ram->base || folder->way)
        return -EROFS;
    if (ram == target)
        return 0;
    if (is_above(ram, folder))
        return -EINVAL;
    if (target) {
        bool is_file = (ram->mode & S_IFMT) != S_IFDIR, onto_file = (target->mode & S_IFMT) != S_IFDIR;
        int error = is_file == onto_file ? ram_remove(target) : onto_file ? -ENOTDIR : -EISDIR;

        if (error)
            return error;
    }
    if (strlen(name) >= sizeof(ram->name))
        return -ENAMETOOLONG;
    unlink_from(ram);
    memcpy(ram->name, name, strlen(name) + 1);
    link_into(ram, folder);
    return 0;
}

/* Takes the other's place and name. */
int ram_replace(struct ram_node *ram, struct ram_node *target)
{
    char name[sizeof(target->name)];

    memcpy(name, target->name, sizeof(name));
    return target->parent ? ram_move(ram, target->parent, name, target) : -ENOENT;
}

int ram_resize(struct ram_node *ram, uint64_t size)
{
    return ram_data_resize(ram, size);
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
