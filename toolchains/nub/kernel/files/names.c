/*
 * All names are found through one table of buckets, by a hash of the folder and
 * the text. The table grows with the names, a bucket at a time: the next one in
 * turn is split in two.
 */
#include <files/names.h>
#include <memory/pages.h>

#define ROW (PAGE_SIZE / sizeof(struct name *))
#define MOST_ROWS 1024

#define SHORT 32 /* what most names fit in, with the zero */

static struct pool short_pool = { .object_size = sizeof(struct name) + SHORT };
static struct pool long_pool = { .object_size = sizeof(struct name) + LONGEST_NAME + 1 };

/* The first bucket's row is there from the start. */
static struct name *first_row[ROW];
static struct name **rows[MOST_ROWS] = { first_row };
static size_t bucket_count = 1, half = 1; /* half <= bucket_count < 2 * half */
static size_t name_count;

/* FNV-1a. */
static uint32_t hash_of(const struct ram_node *folder, const char *text, size_t length)
{
    uint32_t hash = 2166136261u ^ (uint32_t)folder->number * 2654435761u;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash ^ hash >> 15;
}

static struct name **bucket_at(size_t number)
{
    return &rows[number / ROW][number % ROW];
}

static struct name **bucket_of(uint32_t hash)
{
    size_t number = hash & (2 * half - 1);

    return bucket_at(number < bucket_count ? number : number - half);
}

/* Adds a bucket, which shares the names of one of the first half. Without
 * memory for it, the lists become longer. */
static void grow(void)
{
    struct name **from, *moved;
    size_t next = bucket_count;

    if (next / ROW >= MOST_ROWS)
        return;
    if (!rows[next / ROW]) {
        pfn page = page_take();

        if (page == NO_PAGE)
            return;
        rows[next / ROW] = page_address(page);
    }
    from = bucket_at(next - half);
    moved = *from;
    bucket_count++;
    if (bucket_count == 2 * half)
        half = bucket_count;
    *from = NULL;
    while (moved) {
        struct name *name = moved, **bucket = bucket_of(name->hash);

        moved = name->in_bucket;
        name->in_bucket = *bucket;
        *bucket = name;
    }
}

struct name *name_find(const struct ram_node *folder, const char *text, size_t length)
{
    uint32_t hash = hash_of(folder, text, length);
    struct name *at = *bucket_of(hash);

    while (at && (at->hash != hash || at->folder != folder || at->length != length || memcmp(at->text, text, length)))
        at = at->in_bucket;
    return at;
}

struct name *name_make(const char *text, size_t length, struct ram_node *node)
{
    struct name *name = pool_take(length < SHORT ? &short_pool : &long_pool);

    if (!name)
        return NULL;
    *name = (struct name){ .node = node, .length = length };
    memcpy(name->text, text, length);
    name->text[length] = 0;
    return name;
}

void name_free(struct name *name)
{
    pool_give(name->length < SHORT ? &short_pool : &long_pool, name);
}

void name_put(struct name *name, struct ram_node *folder)
{
    static uint64_t last_order;
    struct name **bucket;

    name->folder = folder;
    name->hash = hash_of(folder, name->text, name->length);
    name->order = ++last_order;
    bucket = bucket_of(name->hash);
    name->in_bucket = *bucket;
    *bucket = name;
    name->alike = name->node->names;
    name->node->names = name;
    name->before = folder->last;
    name->after = NULL;
    *(folder->last ? &folder->last->after : &folder->first) = name;
    folder->last = name;
    if (++name_count > bucket_count)
        grow();
}

/* The name does not lead to its node any more. */
static void forget_name(struct name *name)
{
    struct name **link = &name->node->names;

    while (*link != name)
        link = &(*link)->alike;
    *link = name->alike;
}

void names_exchange(struct name *one, struct name *other)
{
    struct ram_node *node = one->node;

    forget_name(one);
    forget_name(other);
    one->node = other->node;
    other->node = node;
    one->alike = one->node->names;
    one->node->names = one;
    other->alike = other->node->names;
    other->node->names = other;
}

void name_take(struct name *name)
{
    struct name **link = bucket_of(name->hash);
    struct ram_node *folder = name->folder;

    while (*link != name)
        link = &(*link)->in_bucket;
    *link = name->in_bucket;
    forget_name(name);
    *(name->before ? &name->before->after : &folder->first) = name->after;
    *(name->after ? &name->after->before : &folder->last) = name->before;
    name->folder = NULL;
    name_count--;
}
