/*
 * The writable part of the tree, in memory: /tmp, /run, /var/tmp and /dev/shm;
 * and packed files that have been opened for writing, from then on.
 */
#ifndef FILES_RAM_H
#define FILES_RAM_H

#include <files/files.h>

/* What a path without links and dots names there; NULL when nothing. */
struct ram_node;
struct ram_node *ram_find(const char *path);

/* A folder that is only there to lead to the others, like /var. */
bool ram_is_way(const struct ram_node *ram);

struct node ram_to_node(struct ram_node *ram);
void ram_attributes(const struct ram_node *ram, struct attributes *attributes);

/* The folder's path, without its first slash. */
void ram_path(const struct ram_node *ram, char *to, size_t size);

/* The entry of a folder with that number; NULL behind the last one. */
const char *ram_child(const struct ram_node *folder, size_t number, struct attributes *attributes);

/* 0 or a negative error number. */
int ram_make(struct ram_node *folder, const char *name, uint32_t mode, struct node *node);
int ram_make_changed(const struct archive_entry *entry, struct node *node);
int ram_remove(struct ram_node *ram);
int ram_move(struct ram_node *ram, struct ram_node *folder, const char *name, struct ram_node *target);
int ram_replace(struct ram_node *ram, struct ram_node *target);
int ram_resize(struct ram_node *ram, uint64_t size);

/* An open file keeps the node although its name may go. */
void ram_hold(struct ram_node *ram);
void ram_release(struct ram_node *ram);

#endif
