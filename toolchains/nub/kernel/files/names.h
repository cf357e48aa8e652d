/*
 * Names: what leads from a folder to a node.
 */
#ifndef FILES_NAMES_H
#define FILES_NAMES_H

#include <files/ram.h>

#define LONGEST_NAME 255

struct name {
    struct name *in_bucket, *alike; /* others of the hash, and of the node */
    struct name *before, *after; /* in the folder, the elder ones first */
    struct ram_node *folder, *node;
    uint64_t order; /* later than that of all that were made before */
    uint32_t hash;
    uint8_t length;
    char text[]; /* with a final zero */
};

/* NULL when there is none. */
struct name *name_find(const struct ram_node *folder, const char *text, size_t length);

/* Makes one that is in no folder yet; NULL for want of memory. */
struct name *name_make(const char *text, size_t length, struct ram_node *node);
void name_free(struct name *name);

/* Puts a name in a folder, behind the others, and takes it out again. */
void name_put(struct name *name, struct ram_node *folder);
void name_take(struct name *name);

/* Each leads to the other's node. */
void names_exchange(struct name *one, struct name *other);

#endif
