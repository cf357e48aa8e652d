/* Folders list their entries in reverse order. */
#define _GNU_SOURCE
#include "real.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* With 64-bit words the C library has one layout of entries, and readdir64 is readdir. */
_Static_assert(sizeof(struct dirent) == sizeof(struct dirent64), "one layout of entries");

/* All entries of an open folder, which are read when the first one is asked for. */
struct listing {
    struct listing *next;
    DIR *folder;
    struct dirent **entries;
    size_t count;
    size_t given;
    int failure; /* the error number with which reading ended, or 0 */
};

static struct listing *listings;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void lock_listings(void) { pthread_mutex_lock(&lock); }
static void unlock_listings(void) { pthread_mutex_unlock(&lock); }

/* A child of fork has only the thread that forked, so that no other one may hold the lock then. */
__attribute__((constructor)) static void start(void)
{
    pthread_atfork(lock_listings, unlock_listings, unlock_listings);
}

static void read_entries(struct listing *listing)
{
    struct dirent *entry;
    errno = 0;
    while ((entry = REAL(readdir)(listing->folder)) != NULL) {
        void *more = realloc(listing->entries, (listing->count + 1) * sizeof(entry));
        if (more)
            listing->entries = more;
        struct dirent *copy = more ? malloc(entry->d_reclen) : NULL;
        if (!copy) {
            listing->failure = ENOMEM;
            return;
        }
        listing->entries[listing->count++] = memcpy(copy, entry, entry->d_reclen);
        errno = 0;
    }
    listing->failure = errno;
}

/* The listing of a folder; NULL when there is no memory for one. */
static struct listing *listing_of(DIR *folder)
{
    int error = errno;
    lock_listings();
    struct listing *listing = listings;
    while (listing && listing->folder != folder)
        listing = listing->next;
    if (!listing && (listing = calloc(1, sizeof(*listing))) != NULL) {
        listing->folder = folder;
        listing->next = listings;
        listings = listing;
        read_entries(listing);
    }
    unlock_listings();
    errno = listing ? error : ENOMEM;
    return listing;
}

static void forget(DIR *folder)
{
    lock_listings();
    struct listing **link = &listings;
    while (*link && (*link)->folder != folder)
        link = &(*link)->next;
    struct listing *listing = *link;
    if (listing)
        *link = listing->next;
    unlock_listings();
    if (!listing)
        return;
    while (listing->count > 0)
        free(listing->entries[--listing->count]);
    free(listing->entries);
    free(listing);
}

struct dirent *readdir(DIR *folder)
{
    struct listing *listing = listing_of(folder);
    if (!listing)
        return NULL;
    if (listing->given < listing->count)
        return listing->entries[listing->count - ++listing->given];
    if (listing->failure)
        errno = listing->failure;
    return NULL;
}

struct dirent64 *readdir64(DIR *folder) { return (struct dirent64 *)readdir(folder); }

int readdir_r(DIR *folder, struct dirent *room, struct dirent **entry)
{
    int before = errno;
    errno = 0;
    *entry = readdir(folder);
    int failure = errno;
    errno = before;
    if (*entry)
        *entry = memcpy(room, *entry, (*entry)->d_reclen);
    return failure;
}

int readdir64_r(DIR *folder, struct dirent64 *room, struct dirent64 **entry)
{
    return readdir_r(folder, (struct dirent *)room, (struct dirent **)entry);
}

int closedir(DIR *folder)
{
    forget(folder);
    return REAL(closedir)(folder);
}

void rewinddir(DIR *folder)
{
    forget(folder);
    REAL(rewinddir)(folder);
}

long telldir(DIR *folder)
{
    struct listing *listing = listing_of(folder);
    return listing ? (long)listing->given : -1;
}

void seekdir(DIR *folder, long position)
{
    struct listing *listing = listing_of(folder);
    if (listing && position >= 0 && (size_t)position <= listing->count)
        listing->given = (size_t)position;
}

int scandir(const char *path, struct dirent ***found, int (*wanted)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **))
{
    DIR *folder = opendir(path);
    if (!folder)
        return -1;
    struct dirent **entries = NULL, *entry;
    int count = 0, before = errno;
    for (errno = 0; (entry = readdir(folder)) != NULL; errno = 0) {
        if (wanted && !wanted(entry))
            continue;
        void *more = realloc(entries, (size_t)(count + 1) * sizeof(entry));
        if (more)
            entries = more;
        struct dirent *copy = more ? malloc(entry->d_reclen) : NULL;
        if (!copy)
            break;
        entries[count++] = memcpy(copy, entry, entry->d_reclen);
    }
    int failure = entry ? ENOMEM : errno;
    closedir(folder);
    errno = failure ? failure : before;
    if (failure) {
        while (count > 0)
            free(entries[--count]);
        free(entries);
        return -1;
    }
    if (compare && count > 0)
        qsort(entries, (size_t)count, sizeof(entry), (int (*)(const void *, const void *))compare);
    *found = entries ? entries : malloc(1);
    return count;
}

int scandir64(const char *path, struct dirent64 ***found, int (*wanted)(const struct dirent64 *),
              int (*compare)(const struct dirent64 **, const struct dirent64 **))
{
    return scandir(path, (struct dirent ***)found, (int (*)(const struct dirent *))wanted,
                   (int (*)(const struct dirent **, const struct dirent **))compare);
}
