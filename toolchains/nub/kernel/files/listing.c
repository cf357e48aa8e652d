/*
 * Telling what is in a folder.
 */
#include <files/listing.h>

/* Linux's numbers for the type of a directory entry are st_mode's type bits,
 * moved down. */
bool listing_add(struct listing *listing, const char *name, uint64_t ino, uint64_t next, uint32_t mode)
{
    struct dirent64 *entry = (struct dirent64 *)listing->to;
    size_t name_size = strlen(name) + 1;
    size_t size = ROUND_UP(offsetof(struct dirent64, name) + name_size, 8UL);

    if (size > (size_t)(listing->end - listing->to)) {
        listing->full = true;
        return false;
    }
    entry->ino = ino;
    entry->off = next;
    entry->reclen = size;
    entry->type = (mode & S_IFMT) >> 12;
    memcpy(entry->name, name, name_size);
    listing->to += size;
    return true;
}
