/*
 * Kernel stacks in their places, each above a page that nobody may touch.
 */
#include <memory/tables.h>
#include <threads/kernel_stacks.h>
#include <threads/thread.h>

#define PLACE_SIZE (PAGE_SIZE + KERNEL_STACK_SIZE)
#define PLACES ((KERNEL_STACKS_END - ARENA_END) / PLACE_SIZE)
#define BITS 64

/* How many stacks of threads that have ended are kept for new ones. */
#define MOST_SPARE 16

static uint64_t taken[(PLACES + BITS - 1) / BITS];
static uintptr_t spare[MOST_SPARE];
static unsigned spare_count;

static uintptr_t end_of_place(size_t place)
{
    return ARENA_END + (place + 1) * PLACE_SIZE;
}

static size_t find_place(void)
{
    size_t place = 0;

    while (place < PLACES && taken[place / BITS] >> place % BITS & 1)
        place += ~taken[place / BITS] ? 1 : BITS;
    return place;
}

static void give_pages(uintptr_t end)
{
    for (uintptr_t at = end - KERNEL_STACK_SIZE; at < end; at += PAGE_SIZE)
        if (tables_page(at) != NO_PAGE)
            page_release(tables_unmap(at));
    tables_commit();
}

/* All of its memory is there before it is used: interrupts push their frames on it. */
static bool take_pages(uintptr_t end)
{
    for (uintptr_t at = end - KERNEL_STACK_SIZE; at < end; at += PAGE_SIZE) {
        pfn page = page_take();

        if (page == NO_PAGE)
            return false;
        if (!tables_map(at, page, MAY_READ | MAY_WRITE)) {
            page_release(page);
            return false;
        }
    }
    tables_commit();
    return true;
}

uintptr_t kernel_stack_take(void)
{
    size_t place;

    if (spare_count)
        return spare[--spare_count];
    place = find_place();
    if (place >= PLACES)
        return 0;
    if (!take_pages(end_of_place(place))) {
        give_pages(end_of_place(place));
        return 0;
    }
    taken[place / BITS] |= 1ULL << place % BITS;
    return end_of_place(place);
}

void kernel_stack_give(uintptr_t end)
{
    size_t place = (uint32_t)(end - ARENA_END) / PLACE_SIZE - 1;

    if (spare_count < MOST_SPARE) {
        spare[spare_count++] = end;
        return;
    }
    give_pages(end);
    taken[place / BITS] &= ~(1ULL << place % BITS);
}
