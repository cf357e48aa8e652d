/*
 * Formatting for the kernel's own lines: the part of printf that they use.
 */
#include <nub.h>

struct output {
    char *to;
    size_t size, length;
};

static void put(struct output *out, char c)
{
    if (out->length + 1 < out->size)
        out->to[out->length] = c;
    out->length++;
}

static void put_field(struct output *out, const char *text, size_t length,
                      size_t width, char fill, bool left)
{
    size_t padding = width > length ? width - length : 0;

    if (!left)
        for (; padding; padding--)
            put(out, fill);
    for (size_t i = 0; i < length; i++)
        put(out, text[i]);
    for (; padding; padding--)
        put(out, ' ');
}

static void put_number(struct output *out, uint64_t value, unsigned base,
                       bool negative, size_t width, char fill, bool left)
{
    char digits[24];
    char *first = digits + sizeof(digits);

    do {
        *--first = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (negative)
        *--first = '-';
    put_field(out, first, digits + sizeof(digits) - first, width, fill, left);
}

size_t format_list(char *to, size_t size, const char *text, va_list list)
{
    struct output out = { to, size, 0 };

    for (; *text; text++) {
        size_t width = 0;
        unsigned longs = 0;
        char fill = ' ';
        bool left = false;

        if (*text != '%') {
            put(&out, *text);
            continue;
        }
        text++;
        for (; *text == '0' || *text == '-'; text++) {
            if (*text == '0')
                fill = '0';
            else
                left = true;
        }
        for (; *text >= '0' && *text <= '9'; text++)
            width = width * 10 + (*text - '0');
        for (; *text == 'l' || *text == 'z'; text++)
            longs += *text == 'z' ? sizeof(size_t) / 4 - 1 : 1;

        switch (*text) {
        case 's': {
            const char *string = va_arg(list, const char *);
            put_field(&out, string, strlen(string), width, ' ', left);
            break;
        }
        case 'c':
            put(&out, (char)va_arg(list, int));
            break;
        case 'd':
        case 'i': {
            int64_t value = longs > 1 ? va_arg(list, long long)
                          : longs ? va_arg(list, long) : va_arg(list, int);
            bool negative = value < 0;
            put_number(&out, negative ? -(uint64_t)value : (uint64_t)value, 10,
                       negative, width, fill, left);
            break;
        }
        case 'u':
        case 'x': {
            uint64_t value = longs > 1 ? va_arg(list, unsigned long long)
                           : longs ? va_arg(list, unsigned long)
                           : va_arg(list, unsigned);
            put_number(&out, value, *text == 'x' ? 16 : 10, false, width, fill, left);
            break;
        }
        case 'p':
            put_number(&out, (uintptr_t)va_arg(list, void *), 16, false,
                       2 * sizeof(void *), '0', false);
            break;
        default:
            put(&out, *text);
        }
    }
    if (size)
        to[out.length < size ? out.length : size - 1] = 0;
    return out.length;
}

size_t format(char *to, size_t size, const char *text, ...)
{
    va_list list;
    size_t length;

    va_start(list, text);
    length = format_list(to, size, text, list);
    va_end(list);
    return length;
}
