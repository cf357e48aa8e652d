/*
 * Files whose contents are made when they are read: text about the kernel and
 * the process.
 */
#ifndef FILES_TEXT_H
#define FILES_TEXT_H

#include <files/files.h>

/* Who is being told, and from where on: the text is made from its beginning for
 * every read, and what is before the position or does not fit is dropped. */
struct text {
    char *to;
    size_t room;
    uint64_t skip;
};

void text_add(struct text *text, const char *line, ...) PRINTF_LIKE(2, 3);
void text_add_bytes(struct text *text, const char *from, size_t size);

struct text_kind {
    struct file_kind kind;
    void (*tell)(struct text *text);
};

long text_read(struct file *file, void *to, size_t size, uint64_t *position);

/* A file at a path (without its first slash) that `tell` tells the text of. */
#define TEXT_FILE(name, path, tell) \
    static const struct text_kind name##_kind = { \
        { .mode = S_IFREG, .read = text_read, .seek = seek_in_file }, tell, \
    }; \
    DEVICE(name, path, &name##_kind.kind, 0, 0444)

#endif
