/*
 * Finding things in the packed files.
 */
#include <archive/archive.h>

_Static_assert(sizeof(struct archive_header) == ARCHIVE_HEADER_SIZE, "header layout");
_Static_assert(sizeof(struct archive_entry) == 40, "entry layout");
_Static_assert(sizeof(struct archive_symbol) == 16, "symbol layout");

void archive_check(void)
{
    if (memcmp(__nub_files.magic, "NUBFILES", 8) || __nub_files.version != ARCHIVE_VERSION)
        panic("the packed files are damaged, or of another version than this kernel");
}

/* Compares an entry's path with `length` bytes of another. */
static int compare(const struct archive_entry *entry, const char *path, size_t length)
{
    const char *own = archive_path(entry);
    int order = strncmp(own, path, length);

    return order ? order : own[length] ? 1 : 0;
}

/* The number of the first entry that is not before the path. */
static size_t lower_bound(const char *path, size_t length)
{
    const struct archive_entry *entries = archive_entries();
    size_t low = 0, high = __nub_files.entry_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (compare(&entries[middle], path, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct archive_entry *archive_find(const char *path, size_t length)
{
    const struct archive_entry *entries = archive_entries();
    size_t at = lower_bound(path, length);

    if (at < __nub_files.entry_count && !compare(&entries[at], path, length))
        return &entries[at];
    return NULL;
}

const struct archive_entry *archive_child(const char *folder, size_t from)
{
    const struct archive_entry *entries = archive_entries();
    size_t length = strlen(folder);

    for (size_t at = from; at < __nub_files.entry_count; at++) {
        const char *path = archive_path(&entries[at]), *name;

        if (length && (strncmp(path, folder, length) || path[length] != '/')) {
            if (strncmp(path, folder, length) > 0)
                break;
            continue;
        }
        name = length ? path + length + 1 : path;
        while (*name && *name != '/')
            name++;
        if (!*name)
            return &entries[at];
    }
    return NULL;
}
