/*
 * Files as a program sees them: nodes that paths lead to, open files, and
 * descriptors.
 */
#ifndef FILES_FILES_H
#define FILES_FILES_H

#include <files/archive.h>
#include <syscalls/linux.h>

struct file;

/* What can be done with a kind of file. A missing read or write is refused. */
struct file_kind {
    uint32_t mode; /* the type bits of st_mode */
    long (*read)(struct file *file, void *to, size_t size, uint64_t *position);
    long (*write)(struct file *file, const void *from, size_t size);
};

extern const struct file_kind archive_file, archive_folder, archive_link;
extern const struct file_kind console_file, null_file, zero_file, random_file;

/* What a path leads to. */
struct node {
    const struct file_kind *kind;
    const struct archive_entry *entry; /* of archive_ kinds, unless it is the root */
    uint32_t device;                   /* of devices: major << 8 | minor */
    uint32_t permissions;
};

/* An open file; descriptors that were made by dup share one. */
struct file {
    struct node node;
    uint64_t position;
    uint32_t flags;
    unsigned references;
};

/* files/path.c: 0, or a negative error number. */
int path_resolve(int folder, const char *path, bool follow, struct node *node);

/* The path of a folder without its first slash; "" is the root's. */
const char *node_path(const struct node *node);

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

/* The state of a file in a form that all of stat's variants can be made of. */
struct attributes {
    uint64_t ino, size, mtime;
    uint32_t mode, nlink, device;
};
void node_attributes(const struct node *node, struct attributes *attributes);

#endif
