/*
 * From a path to what it names.
 */
#include <files/names.h>
#include <memory/program.h>

#define MOST_LINKS 40

struct ram_node *working_folder;

long path_of(const struct ram_node *folder, const struct name *name, char *to, size_t size)
{
    size_t length = 1; /* the final zero */
    char *at;

    if (!name)
        name = folder->names;
    for (const struct name *up = name; up; up = up->folder->names)
        length += 1 + up->length;
    length = larger(length, 2); /* "/" */
    if (length > size)
        return -ENAMETOOLONG;
    at = to + length - 1;
    *at = 0;
    for (const struct name *up = name; up; up = up->folder->names) {
        at -= up->length;
        memcpy(at, up->text, up->length);
        *--at = '/';
    }
    *to = '/';
    return length;
}

/* What is left of the path, or of a link's target that was put before it. */
struct rest {
    const char *at, *end;
};

struct walk {
    struct place *place;
    struct rest rests[MOST_LINKS + 1], *rest;
    unsigned links;
    enum follow follow;
    bool slash; /* was behind a link that was followed to the end */
};

static bool skip_slashes(struct rest *rest)
{
    const char *before = rest->at;

    while (rest->at < rest->end && *rest->at == '/')
        rest->at++;
    return rest->at > before;
}

/* Goes on with a link's target, in the folder that it lies in. */
static int follow_link(struct walk *walk, const struct node *link, struct ram_node *folder)
{
    struct place *place = walk->place;
    const char *path;
    size_t length;
    int error;

    if (++walk->links > MOST_LINKS)
        return -ELOOP;
    place->last = LAST_ROOT;
    walk->slash |= place->slash;
    if (link->kind->jump)
        return link->kind->jump(link, &place->node);
    error = link->kind->target(link, &path, &length);
    if (error)
        return error;
    if (walk->rest->at < walk->rest->end)
        walk->rest++;
    *walk->rest = (struct rest){ path, path + length };
    place->node = ram_to_node(length && *path == '/' ? tree_root : folder);
    return 0;
}

/* Takes the next name of the path, and says how long it is; 0 at the end. */
static size_t take_name(struct walk *walk, const char **name)
{
    size_t length = 0;

    for (;;) {
        skip_slashes(walk->rest);
        if (walk->rest->at < walk->rest->end || walk->rest == walk->rests)
            break;
        walk->rest--;
    }
    *name = walk->rest->at;
    while (*name + length < walk->rest->end && (*name)[length] != '/')
        length++;
    walk->rest->at += length;
    return length;
}

/* One step: to what the name leads to. */
static int step(struct walk *walk, const char *name, size_t length)
{
    struct place *place = walk->place;
    struct ram_node *folder = place->node.ram;
    struct node next;
    bool is_last, ends_here;
    int error;

    if (!is_folder(&place->node))
        return -ENOTDIR;
    if (length > LONGEST_NAME)
        return -ENAMETOOLONG;
    place->slash = skip_slashes(walk->rest);
    is_last = walk->rest == walk->rests && walk->rest->at == walk->rest->end;
    place->slash &= is_last;
    ends_here = is_last && (walk->follow == FOLLOW_NOT || (walk->follow == FOLLOW_SLASH && !place->slash && !walk->slash));
    place->parent = NULL;
    if (name[0] == '.' && length <= 2 && name[length - 1] == '.') {
        place->last = length == 1 ? LAST_DOT : LAST_DOTS;
        if (length == 2)
            place->node = ram_to_node(folder->parent);
        return 0;
    }
    error = place->node.kind->find(&place->node, name, length, &next);
    if (!error && is_link(&next) && !ends_here)
        return follow_link(walk, &next, folder);
    if (error && (error != -ENOENT || !is_last))
        return error;
    place->parent = folder;
    place->name = name;
    place->length = length;
    place->last = LAST_NAME;
    if (!error)
        place->node = next;
    return error;
}

static int start(struct walk *walk, int folder, const char *path)
{
    struct file *file;
    long length = on_kernel_stack(path) ? (long)strlen(path) : program_string(path, LONGEST_PATH);

    if (length <= 0)
        return length ? length : -ENOENT;
    walk->rest = walk->rests;
    *walk->rest = (struct rest){ path, path + length };
    walk->place->node = ram_to_node(*path == '/' ? tree_root : working_folder);
    if (*path == '/' || folder == AT_FDCWD)
        return 0;
    file = descriptor_file(folder);
    if (!file)
        return -EBADF;
    walk->place->node = file->node;
    return is_folder(&file->node) ? 0 : -ENOTDIR;
}

int path_place(int folder, const char *path, enum follow follow, struct place *place)
{
    struct walk walk;
    const char *name;
    size_t length;
    int error;

    *place = (struct place){ .last = LAST_ROOT };
    walk.place = place;
    walk.follow = follow;
    walk.links = 0;
    walk.slash = false;
    error = start(&walk, folder, path);
    while (!error && (length = take_name(&walk, &name)))
        error = step(&walk, name, length);
    place->slash |= walk.slash;
    if (!error && follow != FOLLOW_NOT && place->slash && !is_folder(&place->node))
        error = -ENOTDIR;
    return error;
}

int path_resolve(int folder, const char *path, bool follow, struct node *node)
{
    struct place place;
    int error = path_place(folder, path, follow ? FOLLOW : FOLLOW_SLASH, &place);

    if (!error)
        *node = place.node;
    return error;
}

int path_locate(int folder, const char *path, int flags, struct node *node)
{
    struct file *file;

    if (!(flags & AT_EMPTY_PATH) || program_string(path, LONGEST_PATH))
        return path_resolve(folder, path, !(flags & AT_SYMLINK_NOFOLLOW), node);
    if (folder == AT_FDCWD) {
        *node = ram_to_node(working_folder);
        return 0;
    }
    file = descriptor_file(folder);
    if (!file)
        return -EBADF;
    *node = file->node;
    return 0;
}
