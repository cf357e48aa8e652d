/*
 * Files as a program sees them: nodes that paths lead to, open files, and
 * descriptors.
 */
#ifndef FILES_FILES_H
#define FILES_FILES_H

#include <archive/archive.h>
#include <linux/interface.h>
#include <threads/readiness.h>

struct file;
struct node;

/* What can be done with a kind of file. A missing read or write is refused. */
struct file_kind {
    uint32_t mode; /* the type bits of st_mode */

    /* The file is about to get its first descriptor; an error says that it gets
     * none. What the kind keeps for each open file is in file->state. */
    int (*open)(struct file *file);

    /* These move *position on. -EAGAIN: nothing can be done now. */
    long (*read)(struct file *file, void *to, size_t size, uint64_t *position);
    long (*write)(struct file *file, const void *from, size_t size, uint64_t *position);

    /* Moves file->position and tells the new one; without it, there are no
     * positions. */
    int64_t (*seek)(struct file *file, int64_t offset, int whence);

    /* Without it, the size is not one that can be set. */
    int (*truncate)(const struct node *node, uint64_t size);

    /* Answers what all files have not in common; without it, nothing. */
    long (*ioctl)(struct file *file, unsigned long request, void *argument);

    /* Which of POLLIN, POLLOUT and so on are true now; without it, both always. */
    unsigned (*ready)(struct file *file);

    /* The last descriptor is gone. */
    void (*close)(struct file *file);

    /* Somebody else than this program may make it ready. */
    bool outside;
};

extern const struct file_kind archive_file, archive_folder, archive_link;
extern const struct file_kind console_file;
extern const struct file_kind ram_file, ram_folder, ram_link;

/* What a path leads to. */
struct node {
    const struct file_kind *kind;
    const struct archive_entry *entry; /* of archive_ kinds, unless it is the root */
    void *object;                      /* of other kinds; what it is, the kind knows */
    uint32_t device;                   /* of devices: major << 8 | minor */
    uint32_t permissions;
};

#define LONGEST_PATH 1024

/* An open file; descriptors that were made by dup share one. */
struct file {
    struct node node;
    void *state; /* of this open file; what it is, the kind knows */
    uint64_t position;
    uint32_t flags;
    unsigned references;
};

static inline bool is_folder(const struct node *node)
{
    return node->kind->mode == S_IFDIR;
}

static inline bool is_link(const struct node *node)
{
    return node->kind->mode == S_IFLNK;
}

static inline bool is_ram(const struct node *node)
{
    return node->kind == &ram_file || node->kind == &ram_folder || node->kind == &ram_link;
}

/* Which of the events have come true for the file. */
unsigned file_ready(struct file *file, unsigned events);

/* files/path.c: 0, or a negative error number. */
int path_resolve(int folder, const char *path, bool follow, struct node *node);

/* The same for what is to be made: where -ENOENT is for want of the last name
 * alone, the folder and that name are known. */
struct place {
    struct node node, parent;
    char name[256];
};
int path_place(int folder, const char *path, bool follow, struct place *place);

/* The path of a folder without its first slash; "" is the root's. */
void path_of(const struct node *folder, char *to, size_t size);

/* The working folder, where relative paths start; it is the root at first. */
extern struct node working_folder;

/* What a link leads to. */
const char *link_target(const struct node *link, size_t *size);

/* files/seek.c: a kind's seek, for files of a certain size and for those whose
 * position means nothing. */
int64_t seek_in_file(struct file *file, int64_t offset, int whence);
int64_t seek_nowhere(struct file *file, int64_t offset, int whence);

/* A device, and where it is; the image need not pack a /dev. Whoever serves one
 * says so beside its kind, in any chapter: the linker gathers them. */
struct device {
    const char *path; /* without its first slash */
    const struct file_kind *kind;
    uint32_t number; /* as Linux has it: major << 8 | minor */
    uint32_t permissions;
};

#define DEVICE(name, ...) \
    static const struct device device_##name \
        __attribute__((section(".nub.devices"), used, aligned(sizeof(void *)))) = { __VA_ARGS__ }

/* files/devices.c */
bool device_find(const char *path, struct node *node);

/* files/descriptors.c */
void descriptors_start(void); /* 0, 1 and 2 become the console */
struct file *descriptor_file(int descriptor);
int descriptor_open(const struct node *node, uint32_t flags);
int descriptor_copy(int descriptor, int lowest, bool close_on_exec);
int descriptor_replace(int descriptor, int target, bool close_on_exec);
int descriptor_close(int descriptor);
bool *descriptor_close_on_exec(int descriptor);
void file_release(struct file *file); /* one reference less */

/* The state of a file in a form that all of stat's variants can be made of. */
struct attributes {
    uint64_t ino, size, mtime;
    uint32_t mode, nlink, device;
};
void node_attributes(const struct node *node, struct attributes *attributes);

#endif
