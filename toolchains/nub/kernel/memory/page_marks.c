/*
 * The table of the pages' numbers: an array of groups, a group being a page of
 * pointers to pages of numbers.
 */
#include <arch.h>
#include <memory/page_marks.h>

#define MARKS (PAGE_SIZE / sizeof(uint16_t))
#define POINTERS (PAGE_SIZE / sizeof(void *))
#define GROUPS ((DIRECT_END >> PAGE_SHIFT) / (MARKS * POINTERS) + 1)

static uint16_t **groups[GROUPS];

uint16_t *page_mark(pfn page)
{
    uint16_t **group = groups[page / (MARKS * POINTERS)];
    uint16_t *marks = group ? group[page / MARKS % POINTERS] : NULL;

    return marks ? &marks[page % MARKS] : NULL;
}

void page_marks_extend(pfn towards, pfn zeroes)
{
    uint16_t ***group = &groups[towards / (MARKS * POINTERS)];

    if (!*group)
        *group = page_address(zeroes);
    else
        (*group)[towards / MARKS % POINTERS] = page_address(zeroes);
}
