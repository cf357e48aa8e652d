/*
 * The writable part of the tree, in memory: /tmp, /run, /var/tmp and /dev/shm;
 * what is made in packed folders; and packed files that have been opened for
 * writing, from then on.
 */
#ifndef FILES_RAM_H
#define FILES_RAM_H

#include <files/files.h>

/* What a path without links and dots names there; NULL when nothing. */
struct ram_node;
struct ram_node *ram_find(const char *path);

/* A folder that is only there to lead to others: like /var, and those beside
 * packed folders in which something was made or changed. */
bool ram_is_way(const struct ram_node *ram);

/* The way to what is made in a packed folder, whose path has that length. */
int ram_way(const char *path, size_t length, struct ram_node **folder);

struct node ram_to_node(struct ram_node *ram);
void ram_attributes(const struct ram_node *ram, struct attributes *attributes);

/* The folder's path, without its first slash. */
void ram_path(const struct ram_node *ram, char *to, size_t size);

/* The first entry of a folder at or behind *order, which becomes the entry's
 * own: one that is made or removed meanwhile does not move the others. NULL
 * behind the last one. A name that the image packs there, too, is empty here:
 * it has been listed already. */
const char *ram_child(const struct ram_node *folder, uint64_t *order, struct attributes *attributes);

/* 0 or a negative error number. */
int ram_make(struct ram_node *folder, const char *name, uint32_t mode, struct node *node);
int ram_make_changed(const struct archive_entry *entry, struct node *node);
int ram_remove(struct ram_node *ram);
int ram_move(struct ram_node *ram, struct ram_node *folder, const char *name, struct ram_node *target);
int ram_replace(struct ram_node *ram, struct ram_node *target);
int ram_resize(struct ram_node *ram, uint64_t size);
int ram_set_target(struct ram_node *link, const char *target);
const char *ram_target(const struct ram_node *link);
void ram_set_permissions(struct ram_node *ram, uint32_t permissions);
void ram_set_time(struct ram_node *ram, uint64_t time);

/* An open file keeps the node although its name may go. */
void ram_hold(struct ram_node *ram);
void ram_release(struct ram_node *ram);

#endif
