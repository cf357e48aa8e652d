/*
 * From a path to what it names.
 */
#include <files/ram.h>

#define LONGEST_PATH 1024
#define MOST_LINKS 40

/* The path of a folder without its first slash; "" is the root's. */
static void folder_path(const struct node *node, char *to, size_t size)
{
    if (node->kind == &ram_folder)
        ram_path(node->object, to, size);
    else
        format(to, size, "%s", node->entry ? archive_path(node->entry) : "");
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
    const struct archive_entry *link = walk->node.entry;
    size_t rest_size = strlen(rest) + 1;

    if (link->size + 1 + rest_size > sizeof(walk->rest))
        return -ENAMETOOLONG;
    memmove(walk->rest + link->size + 1, rest, rest_size);
    memcpy(walk->rest, archive_at(link->data_offset), link->size);
    walk->rest[link->size] = '/';
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
        if (walk->node.kind == &archive_link && (*at || follow)) {
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
    if (*path != '/' && folder != AT_FDCWD) {
        file = descriptor_file(folder);
        if (!file)
            return -EBADF;
        if (!is_folder(&file->node))
            return -ENOTDIR;
        walk->node = file->node;
        folder_path(&file->node, walk->done, sizeof(walk->done));
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
