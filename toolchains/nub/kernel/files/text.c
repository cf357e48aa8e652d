/*
 * Handing out the part of a text that is asked for.
 */
#include <files/text.h>

void text_add_bytes(struct text *text, const char *from, size_t size)
{
    size_t dropped = smaller(text->skip, size), taken = smaller(size - dropped, text->room);

    memcpy(text->to, from + dropped, taken);
    text->to += taken;
    text->room -= taken;
    text->skip -= dropped;
}

void text_add(struct text *text, const char *line, ...)
{
    char buffer[256];
    va_list list;
    size_t length;

    va_start(list, line);
    length = format_list(buffer, sizeof(buffer), line, list);
    va_end(list);
    text_add_bytes(text, buffer, smaller(length, sizeof(buffer) - 1));
}

long text_read(struct file *file, void *to, size_t size, uint64_t *position)
{
    const struct text_kind *kind = (const struct text_kind *)file->node.kind;
    struct text text = { to, size, *position };

    kind->tell(&text);
    *position += size - text.room;
    return size - text.room;
}
