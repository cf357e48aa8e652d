/*
 * Memory in other sizes than a page's.
 */
#include <memory/pages.h>

void *pool_take(struct pool *pool)
{
    void *object;

    if (!pool->unused) {
        pfn page = page_take();
        char *start = page_address(page);

        if (page == NO_PAGE)
            return NULL;
        for (size_t at = 0; at + pool->object_size <= PAGE_SIZE; at += pool->object_size)
            pool_give(pool, start + at);
    }
    object = pool->unused;
    pool->unused = *(void **)object;
    return object;
}

void pool_give(struct pool *pool, void *object)
{
    *(void **)object = pool->unused;
    pool->unused = object;
}

/* One pool for each power of two up to half a page; more comes in whole pages. */
static struct pool pools[] = { { 32, 0 }, { 64, 0 }, { 128, 0 }, { 256, 0 }, { 512, 0 }, { 1024, 0 }, { 2048, 0 } };

static struct pool *pool_for(size_t size)
{
    for (size_t i = 0; i < COUNT_OF(pools); i++)
        if (size <= pools[i].object_size)
            return &pools[i];
    return NULL;
}

static size_t pages_for(size_t size)
{
    return size / PAGE_SIZE + !!(size & PAGE_MASK);
}

void *kernel_take(size_t size)
{
    struct pool *pool = pool_for(size);
    pfn first;

    if (pool)
        return pool_take(pool);
    first = pages_take(pages_for(size));
    return first == NO_PAGE ? NULL : page_address(first);
}

void kernel_give(void *memory, size_t size)
{
    struct pool *pool = pool_for(size);

    if (pool)
        pool_give(pool, memory);
    else
        pages_give(page_at_address(memory), pages_for(size));
}
