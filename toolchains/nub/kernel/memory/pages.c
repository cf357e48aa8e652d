/*
 * The page allocator. Pages that were never used wait in ranges; pages that
 * came back are chained through their first word. Nothing is touched before it
 * is needed, so a big domain boots as fast as a small one.
 */
#include <memory/pages.h>

#define MOST_RANGES 64

static struct range {
    pfn next, end;
} ranges[MOST_RANGES];

static size_t range_count;
static pfn returned = NO_PAGE;
static size_t total, unused, most_used;

void pages_add(pfn first, pfn end)
{
    if (first >= end)
        return;
    total += end - first;
    unused += end - first;
    for (size_t i = 0; i < range_count; i++) {
        if (ranges[i].end == first) {
            ranges[i].end = end;
            return;
        }
        if (ranges[i].next == ranges[i].end) {
            ranges[i] = (struct range){ first, end };
            return;
        }
    }
    if (range_count == MOST_RANGES)
        panic("the memory is in more than %d pieces", MOST_RANGES);
    ranges[range_count++] = (struct range){ first, end };
}

static pfn take_any(void)
{
    pfn page = returned;

    if (page != NO_PAGE) {
        returned = *(pfn *)page_address(page);
        return page;
    }
    for (size_t i = 0; i < range_count; i++)
        if (ranges[i].next < ranges[i].end)
            return ranges[i].next++;
    return NO_PAGE;
}

pfn page_take(void)
{
    pfn page = take_any();

    if (page != NO_PAGE) {
        unused--;
        most_used = larger(most_used, total - unused);
        memset(page_address(page), 0, PAGE_SIZE);
    }
    return page;
}

void page_give(pfn page)
{
    *(pfn *)page_address(page) = returned;
    returned = page;
    unused++;
}

size_t pages_total(void) { return total; }
size_t pages_unused(void) { return unused; }
size_t pages_most_used(void) { return most_used; }

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
