/*
 * The packed files: the image's last segment, section .nub.files, read-only.
 *
 * In a freshly linked program it holds a header and nothing else. The image
 * step replaces it by one with files, default arguments and symbols, and makes
 * the program header say how long it has become. All numbers are little
 * endian; all offsets count from the segment's start.
 */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#define ARCHIVE_VERSION 1
#define ARCHIVE_HEADER_SIZE 64

#ifndef __ASSEMBLER__
#include <nub.h>

struct archive_header {
    char magic[8];           /* "NUBFILES" */
    uint32_t version;        /* 1 */
    uint32_t header_size;    /* 64 */
    uint64_t total_size;     /* of the whole segment, this header included */
    uint32_t entry_count;
    uint32_t entries_offset;
    uint32_t cmdline_offset; /* the default arguments, argv[0] first, */
    uint32_t cmdline_size;   /* each with its final zero */
    uint32_t symbols_offset;
    uint32_t symbols_count;
    uint32_t strings_offset;
    uint32_t strings_size;
    uint8_t reserved[8]; /* 0 */
};

/* One file, folder or symbolic link. They are sorted by path, bytewise, and
 * every folder on the way to a file has an entry of its own. */
struct archive_entry {
    uint32_t path_offset; /* into the strings: absolute, without its first slash */
    uint32_t mode;        /* Linux's st_mode, with S_IFREG, S_IFDIR or S_IFLNK */
    uint64_t data_offset; /* a multiple of 16; of a link: its target */
    uint64_t size;
    uint64_t mtime; /* seconds since 1970 */
    uint32_t link_count;
    uint32_t reserved; /* 0 */
};

/* A name for an address, sorted by address. */
struct archive_symbol {
    uint64_t address;
    uint32_t name_offset; /* into the strings */
    uint32_t size;
};

extern const struct archive_header __nub_files;

/* What is at an offset in the segment, and what string at one in the strings. */
static inline const void *archive_at(uint64_t offset)
{
    return (const char *)&__nub_files + offset;
}

static inline const char *archive_string(uint32_t offset)
{
    return (const char *)archive_at(__nub_files.strings_offset) + offset;
}

static inline const struct archive_entry *archive_entries(void)
{
    return archive_at(__nub_files.entries_offset);
}

static inline const char *archive_path(const struct archive_entry *entry)
{
    return archive_string(entry->path_offset);
}

/* Panics unless the header is one that this kernel understands. */
void archive_check(void);

/* The entry with exactly this path, or NULL; `length` bytes of it count. */
const struct archive_entry *archive_find(const char *path, size_t length);

/* The first entry at or behind `from` that is directly in the folder, or NULL.
 * The root's path is "". */
const struct archive_entry *archive_child(const char *folder, size_t from);

/* archive/symbols.c: "name+0x12" into text; false when the image names nothing there. */
bool symbol_describe(uintptr_t address, char *text, size_t size);

#endif
#endif
