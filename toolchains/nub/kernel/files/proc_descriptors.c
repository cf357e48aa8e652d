/*
 * /proc/1/fd: a link for each descriptor. Its text is for people; whoever
 * follows it comes to the file itself, also if that has no name any more.
 */
#include <files/names.h>

static struct file *file_of(const struct node *link)
{
    return descriptor_file((int)(uintptr_t)link->object);
}

static int jump(const struct node *link, struct node *to)
{
    struct file *file = file_of(link);

    if (!file)
        return -ENOENT;
    /* It is opened anew, as by its name. */
    *to = file->node.ram ? ram_to_node(file->node.ram) : file->node;
    return 0;
}

static int target(const struct node *link, const char **path, size_t *length)
{
    static char text[LONGEST_PATH];
    struct file *file = file_of(link);
    const char *what;

    if (!file)
        return -ENOENT;
    *path = text;
    if (file->node.ram && file->node.ram->names) {
        long size = path_of(file->node.ram, file->node.ram->names, text, sizeof(text));

        *length = size - 1;
        return size < 0 ? size : 0;
    }
    if (file->node.ram == tree_root) {
        *length = format(text, sizeof(text), "/");
        return 0;
    }
    if (file->node.ram) {
        *length = format(text, sizeof(text), "/%s (deleted)", file->node.ram->label ? file->node.ram->label->text : "");
        return 0;
    }
    what = file->node.kind->mode == S_IFIFO ? "pipe" : file->node.kind->mode == S_IFSOCK ? "socket" : "anon_inode";
    *length = format(text, sizeof(text), "%s:[%lu]", what, (unsigned long)(uintptr_t)file->node.object);
    return 0;
}

static const struct file_kind descriptor_link = { .mode = S_IFLNK, .target = target, .jump = jump };

static int find(const struct node *folder, const char *name, size_t length, struct node *found)
{
    unsigned number = 0;

    (void)folder;
    for (size_t i = 0; i < length; i++) {
        if (name[i] < '0' || name[i] > '9' || number >= MOST_DESCRIPTORS || (i && !number))
            return -ENOENT;
        number = number * 10 + (name[i] - '0');
    }
    if (!descriptor_file(number))
        return -ENOENT;
    *found = (struct node){ .kind = &descriptor_link, .object = (void *)(uintptr_t)number, .permissions = 0700 };
    return 0;
}

/* Position 0 and 1 are "." and "..", n + 2 is descriptor n. */
static int list(struct file *file, struct listing *listing)
{
    const struct ram_node *folder = file->node.ram;

    for (; file->position < MOST_DESCRIPTORS + 2; file->position++) {
        int number = (int)file->position - 2;
        char name[12];

        format(name, sizeof(name), "%d", number);
        if (number < 0) {
            const struct ram_node *at = number == -2 ? folder : folder->parent;

            if (!listing_add(listing, number == -2 ? "." : "..", at->number, file->position + 1, S_IFDIR))
                break;
        } else if (descriptor_file(number)
                   && !listing_add(listing, name, number + 1, file->position + 1, S_IFLNK)) {
            break;
        }
    }
    return 0;
}

static const struct file_kind descriptors_folder = {
    .mode = S_IFDIR, .seek = seek_in_file, .find = find, .list = list,
};
DEVICE(descriptors, "proc/1/fd", &descriptors_folder, 0, 0500);
