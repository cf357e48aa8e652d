/*
 * The tree of files, all of it in memory: what the image packs, from where it
 * lies there until it is changed, and what the program makes. Every boot starts
 * from the image again.
 *
 * A node is a file, a folder, a link or a device; names (files/names.h) in
 * folders lead to nodes, and a file may have several. A node lives as long as
 * it has a name or a user.
 */
#ifndef FILES_RAM_H
#define FILES_RAM_H

#include <files/files.h>

struct ram_node {
    const struct file_kind *kind;
    uint64_t number; /* st_ino */
    uint32_t mode, device, uid, gid;
    unsigned links, users; /* names, and open files and the like */
    bool linkable;         /* it never had a name, but may get one */
    int64_t atime, mtime, ctime;

    struct name *names; /* that lead here; a folder has one, or none once it was removed */

    /* Of a folder: where it is or was, and what is in it. */
    struct ram_node *parent;
    struct name *first, *last;
    const struct archive_entry *packed; /* as the image packs it; the root has none */
    bool unread;                        /* what is packed in it has no names yet */
    bool fixed;                         /* what is in it is the kernel's: it stays so */

    /* Of a file: pages by number; see ram_data.c. */
    uint64_t size;
    void **index;
    unsigned levels;
    size_t pages;
    const char *base; /* what the image packs, where there is no page */
    uint64_t base_size;
    struct backing backing; /* of mappings; see ram_map.c */
    bool was_mapped;        /* so there may be anything behind its end */
    bool sealable;
    uint8_t seals;
    struct name *label; /* of one that never had a name, for people */

    /* Of a link, `size` long. */
    const char *target;

    void *object; /* its kind's: of a fifo or socket, while it is in use; of a device that comes and goes */
};

extern struct ram_node *tree_root;

/* Makes the root, the folders that every program expects, and devices. */
void tree_start(void);

struct node ram_to_node(struct ram_node *ram);
void ram_attributes(const struct ram_node *ram, struct attributes *attributes);

/* What has that name in a folder: 0, -ENOENT or another error. */
int ram_find(struct ram_node *folder, const char *name, size_t length, struct name **found);

/* 0 or a negative error number. Modes are st_mode's, and tell the kind. */
int ram_make(struct ram_node *folder, const char *name, size_t length, uint32_t mode, struct ram_node **made);
struct ram_node *ram_make_nameless(uint32_t mode);
int ram_make_unnamed(const char *label, uint32_t mode, struct node *node);
int ram_link(struct ram_node *ram, struct ram_node *folder, const char *name, size_t length);
int ram_remove(struct name *name);
int ram_move(struct name *name, struct ram_node *folder, const char *text, size_t length, struct name *target);
int ram_exchange(struct name *one, struct name *other);
int ram_set_target(struct ram_node *link, const char *target);
void ram_set_device(struct ram_node *ram, uint32_t number); /* of one with no kind yet */
void ram_changed(struct ram_node *ram); /* what is known of it, not its contents */

/* ram_folder.c: a device that comes and goes, in /dev; the node is held until it goes. NULL
 * for want of memory. */
struct ram_node *tree_add_device(const char *name, const struct file_kind *kind, uint32_t number,
                                 uint32_t permissions, void *object);
void tree_remove_device(struct ram_node *ram, const char *name);

/* ram_map.c: how files are mapped, empty memory that mappings share, and seals. */
int ram_map(struct file *file, uint64_t size, struct mapping *mapping);
int ram_map_unnamed(uint64_t size, struct mapping *mapping);
void ram_allow_seals(struct ram_node *ram);
long ram_seal(struct file *file, unsigned seals);
long ram_seals(const struct file *file);

/* Whoever keeps a node although its name may go. */
void ram_hold(struct ram_node *ram);
void ram_release(struct ram_node *ram);

/* ram_data.c */
int ram_resize(struct ram_node *ram, uint64_t size);
int ram_allocate(struct ram_node *ram, uint64_t from, uint64_t size);
int ram_punch(struct ram_node *ram, uint64_t from, uint64_t size);

/* Makes a range of whole pages zero, in all mappings, too. */
bool ram_clear(struct ram_node *ram, uint64_t position, uint64_t size);

/* The page of a file behind a position, made if it is missing and shall be;
 * NULL when it is not there, or cannot be made. */
char *ram_page(struct ram_node *ram, uint64_t position, bool create);

#endif
