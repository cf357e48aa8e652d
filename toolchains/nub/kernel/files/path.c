/*
 * From a path to what it names.
 */
#include <files/ram.h>

#define MOST_LINKS 40

void path_of(const struct node *folder, char *to, size_t size)
{
    if (folder->kind == &ram_folder)
        ram_path(folder->object, to, size);
    else
        format(to, size, "%s", folder->entry ? archive_path(folder->entry) : "");
}

const char *link_target(const struct node *link, size_t *size)
{
    if (link->kind == &ram_link) {
        *size = strlen(ram_target(link->object));
        return ram_target(link->object);
    }
    *size = link->entry->size;
    return archive_at(link->entry->data_offset);
}

static const struct file_kind *kind_of(const struct archive_entry *entry)
{
    switch (entry->mode & S_IFMT) {
    case S_IFDIR: return &archive_folder;
    case S_IFLNK: return &archive_link;
    default: return &archive_file;
    }
}

static const struct node root = { .kind = &archive_folder, .permissions = 0755 };
struct node working_folder = { .kind = &archive_folder, .permissions = 0755 };

/* The node with this path, which has neither links nor dots in it. */
static bool look_up(const char *path, size_t length, struct node *node)
{
    const struct archive_entry *entry;
    struct ram_node *ram;

    if (!length) {
        *node = root;
        return true;
    }
    if (device_find(path, node))
        return true;
    ram = ram_find(path);
    entry = ram && !ram_is_way(ram) ? NULL : archive_find(path, length);
    if (ram && !entry) {
        *node = ram_to_node(ram);
        return true;
    }
    if (!entry)
        return false;
    *node = (struct node){ .kind = kind_of(entry), .entry = entry, .permissions = entry->mode & 07777 };
    return true;
}

struct walk {
    char done[LONGEST_PATH]; /* what has been resolved, no slash at either end */
    size_t length;
    char rest[LONGEST_PATH]; /* what is still to do */
    struct node node;        /* what `done` names */
    const char *missing;     /* the name that is not there, if it is the last one */
};

static void go_up(struct walk *walk)
{
    while (walk->length && walk->done[walk->length - 1] != '/')
        walk->length--;
    if (walk->length)
        walk->length--;
    walk->done[walk->length] = 0;
    look_up(walk->done, walk->length, &walk->node);
}

/* Puts a link's target before the rest of the path. */
static int follow_link(struct walk *walk, const char *rest)
{
    size_t rest_size = strlen(rest) + 1, size;
    const char *target = link_target(&walk->node, &size);

    if (size + 1 + rest_size > sizeof(walk->rest))
        return -ENAMETOOLONG;
    memmove(walk->rest + size + 1, rest, rest_size);
    memcpy(walk->rest, target, size);
    walk->rest[size] = '/';
    if (walk->rest[0] == '/') {
        walk->length = 0;
        walk->done[0] = 0;
        walk->node = root;
    } else {
        go_up(walk);
    }
    return 0;
}

static int walk_path(struct walk *walk, bool follow)
{
    char *at = walk->rest;
    unsigned links = 0;

    for (;;) {
        char *name;
        size_t length = 0, before = walk->length;

        while (*at == '/')
            at++;
        if (!*at)
            return 0;
        if (!is_folder(&walk->node))
            return -ENOTDIR;
        name = at;
        while (name[length] && name[length] != '/')
            length++;
        at += length;
        if (length == 1 && name[0] == '.')
            continue;
        if (length == 2 && name[0] == '.' && name[1] == '.') {
            go_up(walk);
            continue;
        }
        if (before + length + 2 > sizeof(walk->done))
            return -ENAMETOOLONG;
        if (before)
            walk->done[walk->length++] = '/';
        memcpy(walk->done + walk->length, name, length);
        walk->length += length;
        walk->done[walk->length] = 0;
        if (!look_up(walk->done, walk->length, &walk->node)) {
            while (*at == '/')
                at++;
            if (!*at)
                walk->missing = walk->done + before + !!before;
            return -ENOENT;
        }
        if (is_link(&walk->node) && (*at || follow)) {
            int error = ++links > MOST_LINKS ? -ELOOP : follow_link(walk, at);

            if (error)
                return error;
            at = walk->rest;
        }
    }
}

static int start(struct walk *walk, int folder, const char *path)
{
    struct file *file;

    walk->node = root;
    walk->length = 0;
    walk->done[0] = 0;
    walk->missing = NULL;
    /* No program has anything there; a null pointer is the likely reason. */
    if ((uintptr_t)path < PAGE_SIZE)
        return -EFAULT;
    if (!*path)
        return -ENOENT;
    if (strlen(path) >= sizeof(walk->rest))
        return -ENAMETOOLONG;
    if (*path != '/') {
        file = folder == AT_FDCWD ? NULL : descriptor_file(folder);
        if (!file && folder != AT_FDCWD)
            return -EBADF;
        walk->node = file ? file->node : working_folder;
        if (!is_folder(&walk->node))
            return -ENOTDIR;
        path_of(&walk->node, walk->done, sizeof(walk->done));
        walk->length = strlen(walk->done);
    }
    memcpy(walk->rest, path, strlen(path) + 1);
    return 0;
}

int path_place(int folder, const char *path, bool follow, struct place *place)
{
    struct walk walk;
    int error = start(&walk, folder, path);

    place->parent.kind = NULL;
    if (!error)
        error = walk_path(&walk, follow);
    if (!error)
        place->node = walk.node;
    if (error == -ENOENT && walk.missing) {
        if (strlen(walk.missing) >= sizeof(place->name))
            return -ENAMETOOLONG;
        place->parent = walk.node;
        memcpy(place->name, walk.missing, strlen(walk.missing) + 1);
    }
    return error;
}

int path_resolve(int folder, const char *path, bool follow, struct node *node)
{
    struct place place;
    int error = path_place(folder, path, follow, &place);

    if (!error)
        *node = place.node;
    return error;
}
