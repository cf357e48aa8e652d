/*
 * A file, folder or link in memory, for the two chapters that look inside: names
 * (ram.c) and contents (ram_data.c).
 */
#ifndef FILES_RAM_DATA_H
#define FILES_RAM_DATA_H

#include <files/files.h>
#include <memory/pages.h>

struct ram_node {
    uint32_t mode;
    unsigned users; /* open files */
    bool way;       /* see ram_is_way */
    char name[96];
    uint64_t mtime, size;
    uint64_t order;                         /* later than its elder brothers' */
    struct ram_node *parent, *first, *next; /* no parent: the name has gone */
    void ***index;                          /* of the contents; see ram_data.c */
    char *target;                           /* of a link: a page of its own */

    /* A packed file that is being changed: what it was, as far as that counts. */
    const char *base;
    uint64_t base_size;
};

int ram_data_resize(struct ram_node *ram, uint64_t size);

#endif
