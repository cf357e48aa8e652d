/*
 * The kernel's own memory and string functions. They are local to nub.o, so
 * that the program has its libc's. They need no vector registers, which the
 * kernel must not touch. `rep` instructions are quick enough on any processor
 * that runs Xen, and by whole words an emulator is quick at them, too.
 */
#include <nub.h>

#define WORD sizeof(unsigned long)

/* The longest that is not worth starting a `rep` instruction for. */
#define SHORT (4 * WORD)

/* Words may lie anywhere, and be of any type. */
typedef unsigned long word __attribute__((may_alias, aligned(1)));

#ifdef __x86_64__
#define REP_MOVE_WORDS "rep movsq"
#define REP_STORE_WORDS "rep stosq"
#else
#define REP_MOVE_WORDS "rep movsl"
#define REP_STORE_WORDS "rep stosl"
#endif

void *memcpy(void *to, const void *from, size_t size)
{
    char *target = to;
    const char *source = from;

    if (size > SHORT) {
        size_t words = size / WORD;

        __asm__ volatile(REP_MOVE_WORDS : "+D"(target), "+S"(source), "+c"(words) : : "memory");
        size %= WORD;
    }
    for (; size >= WORD; size -= WORD, target += WORD, source += WORD)
        *(word *)target = *(const word *)source;
    while (size--)
        *target++ = *source++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    /* The areas overlap with the target behind: copy from the end. */
    for (; size >= WORD; size -= WORD)
        *(word *)((char *)to + size - WORD) = *(const word *)((const char *)from + size - WORD);
    while (size--)
        ((char *)to)[size] = ((const char *)from)[size];
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    char *target = to;

    if (size > SHORT) {
        size_t words = size / WORD;
        unsigned long pattern = (unsigned char)byte * (~0UL / 255);

        __asm__ volatile(REP_STORE_WORDS : "+D"(target), "+c"(words) : "a"(pattern) : "memory");
        size %= WORD;
    }
    while (size--)
        *target++ = byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a, *right = b;

    for (; size; size--, left++, right++)
        if (*left != *right)
            return *left - *right;
    return 0;
}

size_t strlen(const char *text)
{
    const char *end = text;

    while (*end)
        end++;
    return end - text;
}

int strncmp(const char *a, const char *b, size_t size)
{
    for (; size; size--, a++, b++)
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}
