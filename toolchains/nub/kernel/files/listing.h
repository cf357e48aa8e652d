/*
 * What a folder holds, in the layout that getdents64 gives.
 */
#ifndef FILES_LISTING_H
#define FILES_LISTING_H

#include <files/files.h>

struct listing {
    char *to, *end;
    bool full; /* something has found no room */
};

#endif
