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
static struct ram_node run = { .mode = S_IFDIR | 0755, .name = "run", .parent = &root, .next = &dev, .order = 1 };
static struct ram_node dev = {
    .mode = S_IFDIR | 0755, .name = "dev", .way = true, .parent = &root, .next = &var, .first = &dev_shm, .order = 2,
};
static struct ram_node dev_shm = { .mode = S_IFDIR | 01777, .name = "shm", .parent = &dev };
static struct ram_node var = {
    .mode = S_IFDIR | 0755, .name = "var", .way = true, .parent = &root, .first = &var_tmp, .order = 3,
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
    return at;
}

bool ram_is_way(const struct ram_node *ram)
{
    return ram->way;
}

struct node ram_to_node(struct ram_node *ram)
{
    uint32_t type = ram->mode & S_IFMT;

    return (struct node){
        .kind = type == S_IFDIR ? &ram_folder : type == S_IFLNK ? &ram_link : &ram_file,
        .object = ram,
        .permissions = ram->mode & 07777,
    };
}

void ram_attributes(const struct ram_node *ram, struct attributes *a)
{
    *a = (struct attributes){
        .ino = (uintptr_t)ram, .size = ram->target ? strlen(ram->target) : ram->size, .mtime = ram->mtime / NANOSECONDS, .mode = ram->mode,
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

static bool is_packed(const struct ram_node *ram)
{
    char path[LONGEST_PATH];

    ram_path(ram, path, sizeof(path));
    return archive_find(path, strlen(path));
}

const char *ram_child(const struct ram_node *folder, uint64_t *order, struct attributes *attributes)
{
    struct ram_node *at = folder->first;

    while (at && at->order < *order)
        at = at->next;
    if (!at)
        return NULL;
    *order = at->order;
    ram_attributes(at, attributes);
    return is_packed(at) ? "" : at->name;
}

static void link_into(struct ram_node *ram, struct ram_node *folder)
{
    static uint64_t last_order = 3;
    struct ram_node **end = &folder->first;

    while (*end)
        end = &(*end)->next;
    *end = ram;
    ram->parent = folder;
    ram->next = NULL;
    ram->order = ++last_order;
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
    return make(folder, name, strlen(name), mode, node);
}

int ram_way(const char *path, size_t length, struct ram_node **folder)
{
    const char *end = path + length;

    *folder = &root;
    while (path < end) {
        struct ram_node *next;
        size_t part = 0;

        while (path + part < end && path[part] != '/')
            part++;
        next = child(*folder, path, part);
        if (!next) {
            struct node way;
            int error = make(*folder, path, part, S_IFDIR | 0755, &way);

            if (error)
                return error;
            next = way.object;
            next->way = true;
        }
        *folder = next;
        path += part + 1;
    }
    return 0;
}

int ram_make_changed(const struct archive_entry *entry, struct node *node)
{
    const char *path = archive_path(entry), *name = path + strlen(path);
    struct ram_node *folder, *ram;
    int error;

    while (name > path && name[-1] != '/')
        name--;
    error = ram_way(path, name > path ? name - path - 1 : 0, &folder);
    if (!error)
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
    if (ram->target)
        page_give((uintptr_t)ram->target >> PAGE_SHIFT);
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
    if (is_fixed(ram) || ram->base)
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

int ram_set_target(struct ram_node *link, const char *target)
{
    pfn page = page_take();

    if (page == NO_PAGE)
        return -ENOSPC;
    link->target = page_address(page);
    memcpy(link->target, target, strlen(target) + 1);
    return 0;
}

const char *ram_target(const struct ram_node *link)
{
    return link->target;
}

void ram_set_permissions(struct ram_node *ram, uint32_t permissions)
{
    ram->mode = (ram->mode & S_IFMT) | (permissions & 07777);
}

void ram_set_time(struct ram_node *ram, uint64_t time)
{
    ram->mtime = time;
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
