/*
 * Physical pages. A page is known by its number (Xen's pfn: the guest's own,
 * "pseudo-physical" one) and is always mapped at that number's address.
 */
#ifndef MEMORY_PAGES_H
#define MEMORY_PAGES_H

#include <nub.h>

typedef unsigned long pfn;

#define NO_PAGE (~0UL)

static inline void *page_address(pfn page)
{
    return (void *)(page << PAGE_SHIFT);
}

/* Hands the pages first..end-1, mapped and unused, to the allocator. */
void pages_add(pfn first, pfn end);

/* A page full of zeroes, or NO_PAGE. */
pfn page_take(void);
void page_give(pfn page);

size_t pages_total(void);
size_t pages_unused(void);
size_t pages_most_used(void); /* at any time so far */

/* Small objects of one size, cut from pages that stay with the pool. */
struct pool {
    size_t object_size;
    void *unused;
};

void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *object);

#endif
