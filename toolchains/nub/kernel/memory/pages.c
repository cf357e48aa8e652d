/*
 * The page allocator. Pages that were never used wait in ranges. Pages that
 * came back are joined with their neighbours to pieces of 2^order pages at
 * multiples of their size, chained through their first words. Nothing is
 * touched before it is needed, so a big domain boots as fast as a small one.
 */
#include <memory/page_marks.h>
#include <memory/pages.h>

#define MOST_RANGES 64
#define ORDERS 11 /* of pieces; LONGEST_RUN is the size of the largest one */

_Static_assert(LONGEST_RUN == 1UL << (ORDERS - 1), "the largest piece");

/* A page's mark: the order of the free piece that begins with it, or how many
 * users it has besides the first one. */
#define MARK_FREE 0x8000u
#define MOST_USERS 0x7fffu

static struct range {
    pfn next, end;
} ranges[MOST_RANGES];

/* At the start of each free piece. */
struct piece {
    struct piece *next, **link;
};

static struct piece *pieces[ORDERS];
static size_t range_count;
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

static void chain(pfn page, unsigned order)
{
    struct piece *piece = page_address(page);

    piece->next = pieces[order];
    piece->link = &pieces[order];
    if (piece->next)
        piece->next->link = &piece->next;
    pieces[order] = piece;
    *page_mark(page) = MARK_FREE | order;
}

static void unchain(pfn page)
{
    struct piece *piece = page_address(page);

    *piece->link = piece->next;
    if (piece->next)
        piece->next->link = piece->link;
    *page_mark(page) = 0;
}

/* A free piece's twin is the one that it can be joined with. */
static void add_free(pfn page)
{
    unsigned order = 0;

    for (; order < ORDERS - 1; order++) {
        pfn twin = page ^ 1UL << order;
        const uint16_t *mark = page_mark(twin);

        if (!mark || *mark != (MARK_FREE | order))
            break;
        unchain(twin);
        page &= ~(1UL << order);
    }
    chain(page, order);
}

/* From the smallest piece that will do; what is left of it stays free. */
static pfn take_returned(unsigned order)
{
    for (unsigned have = order; have < ORDERS; have++) {
        pfn page;

        if (!pieces[have])
            continue;
        page = page_at_address(pieces[have]);
        unchain(page);
        while (have > order) {
            have--;
            chain(page + (1UL << have), have);
        }
        return page;
    }
    return NO_PAGE;
}

static pfn take_new(size_t count)
{
    for (size_t i = 0; i < range_count; i++) {
        if (ranges[i].end - ranges[i].next >= count) {
            ranges[i].next += count;
            return ranges[i].next - count;
        }
    }
    return NO_PAGE;
}

static void account(size_t count)
{
    unused -= count;
    most_used = larger(most_used, total - unused);
}

pfn page_take_dirty(void)
{
    pfn page = take_returned(0);

    if (page == NO_PAGE)
        page = take_new(1);
    if (page != NO_PAGE)
        account(1);
    return page;
}

pfn page_take(void)
{
    pfn page = page_take_dirty();

    if (page != NO_PAGE)
        memset(page_address(page), 0, PAGE_SIZE);
    return page;
}

pfn pages_take(size_t count)
{
    unsigned order = 0;
    pfn first;

    while (order < ORDERS && 1UL << order < count)
        order++;
    if (!count || order == ORDERS)
        return NO_PAGE;
    first = take_returned(order);
    for (size_t i = count; first != NO_PAGE && i < 1UL << order; i++)
        add_free(first + i);
    if (first == NO_PAGE)
        first = take_new(count);
    if (first != NO_PAGE) {
        account(count);
        memset(page_address(first), 0, count * PAGE_SIZE);
    }
    return first;
}

void pages_give(pfn first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        page_release(first + i);
}

/* There may be a level missing above the page's own piece of the table. */
static uint16_t *make_mark(pfn page)
{
    while (!page_mark(page)) {
        pfn zeroes = page_take();

        if (zeroes == NO_PAGE)
            return NULL;
        page_marks_extend(page, zeroes);
    }
    return page_mark(page);
}

bool page_hold(pfn page)
{
    uint16_t *mark = make_mark(page);

    if (!mark || *mark == MOST_USERS)
        return false;
    ++*mark;
    return true;
}

bool page_is_shared(pfn page)
{
    const uint16_t *mark = page_mark(page);

    return mark && *mark;
}

void page_release(pfn page)
{
    uint16_t *mark = page_mark(page);

    if (!mark) {
        /* It becomes the piece of the table that is missing, and stays so:
         * giving back must not need memory that is not there. */
        memset(page_address(page), 0, PAGE_SIZE);
        page_marks_extend(page, page);
    } else if (*mark) {
        --*mark;
    } else {
        unused++;
        add_free(page);
    }
}

size_t pages_total(void) { return total; }
size_t pages_unused(void) { return unused; }
size_t pages_most_used(void) { return most_used; }
