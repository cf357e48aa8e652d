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

static inline pfn page_at_address(const void *address)
{
    return (uintptr_t)address >> PAGE_SHIFT;
}

/* Hands the pages first..end-1, mapped and unused, to the allocator. */
void pages_add(pfn first, pfn end);

/* A page full of zeroes, or of anything, or NO_PAGE. It has one user. */
pfn page_take(void);
pfn page_take_dirty(void);

/*
 * A page may get more users: each mapping of it is one, and so is a file that
 * it belongs to, or another domain that it is granted to. It is free again when
 * the last one has released it. Holding fails for want of memory, or when there
 * are tens of thousands already.
 */
bool page_hold(pfn page);
void page_release(pfn page);
bool page_is_shared(pfn page);

/* What is taken by one user alone. */
static inline void page_give(pfn page)
{
    page_release(page);
}

/* Neighbouring pages full of zeroes, up to LONGEST_RUN of them; the first one
 * or NO_PAGE. They may be given back together or one by one. */
#define LONGEST_RUN 1024UL
pfn pages_take(size_t count);
void pages_give(pfn first, size_t count);

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

/* Kernel memory of any size, not cleared; NULL when there is none. Whoever
 * gives it back must know the size. */
void *kernel_take(size_t size);
void kernel_give(void *memory, size_t size);

#endif
