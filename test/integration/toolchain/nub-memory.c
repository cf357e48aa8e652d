/*
 * nub's page allocator and its areas, as a program of this machine: hundreds of
 * thousands of random steps each, compared with what a plain array says.
 */
#include <arch.h>
#include <memory/area_tree.h>

int printf(const char *text, ...);
void *mmap(void *address, unsigned long size, int rights, int flags, int fd, long offset);
NORETURN void exit(int status);
NORETURN void abort(void);

#define STEPS 300000

NORETURN void panic(const char *text, ...)
{
    printf("panic: %s\n", text);
    abort();
}

#define EXPECT(condition) expect(condition, #condition, __LINE__)

static void expect(bool good, const char *text, int line)
{
    if (good)
        return;
    printf("line %d: %s\n", line, text);
    exit(1);
}

static unsigned next_random(void)
{
    static unsigned seed = 1;

    seed = seed * 1103515245 + 12345;
    return seed >> 8;
}

/* Pages: the model says which are taken. */

#define PAGES 8192UL
#define FIRST 0x40000UL
#define MOST_RUNS 3900

static bool taken[PAGES];

static struct run {
    pfn first;
    size_t count;
} runs[MOST_RUNS];

static size_t run_count, taken_count;

static void take_run(void)
{
    unsigned dice = next_random();
    size_t count = dice % 1000 == 0 ? 1 + dice % LONGEST_RUN : dice % 8 == 0 ? 1 + dice / 8 % 40 : 1;
    pfn first = count == 1 ? page_take() : pages_take(count);

    if (first == NO_PAGE)
        return;
    for (size_t i = 0; i < count; i++) {
        unsigned long *page = page_address(first + i);

        EXPECT(first + i >= FIRST && first + i < FIRST + PAGES && !taken[first + i - FIRST]);
        taken[first + i - FIRST] = true;
        EXPECT(!page[0] && !page[1] && !page[511]);
        page[0] = page[1] = page[511] = ~0UL;
    }
    if (dice & 0x1000 && page_hold(first)) {
        EXPECT(page_is_shared(first));
        page_release(first);
        EXPECT(!page_is_shared(first));
    }
    runs[run_count++] = (struct run){ first, count };
    taken_count += count;
}

static void give_run(void)
{
    size_t at = next_random() % run_count;
    struct run run = runs[at];

    runs[at] = runs[--run_count];
    taken_count -= run.count;
    for (size_t i = 0; i < run.count; i++)
        taken[run.first + i - FIRST] = false;
    if (next_random() & 1)
        pages_give(run.first, run.count);
    else
        for (size_t i = run.count; i--;)
            page_release(run.first + i);
}

static void try_pages(void)
{
    size_t runs_left = 0, lost;

    pages_add(FIRST, FIRST + PAGES);
    for (int step = 0; step < STEPS; step++) {
        unsigned growth = step / 20000 & 1 ? 40 : 60;

        if (run_count < MOST_RUNS && (!run_count || next_random() % 100 < growth))
            take_run();
        else
            give_run();
        lost = pages_total() - pages_unused() - taken_count;
        EXPECT(lost <= 8); /* the table of marks */
    }
    while (run_count)
        give_run();
    while (pages_take(LONGEST_RUN) != NO_PAGE)
        runs_left++;
    EXPECT(runs_left >= PAGES / LONGEST_RUN - 4); /* all have been joined again */
}

/* Areas: the model says how each page is mapped. No page ever has memory. */

#define SPACE 2048UL

static struct {
    unsigned rights, mapped;
    uint64_t offset;
} model[SPACE];

static struct backing file;
static const struct backing_kind file_kind = { .page = NULL };
static uintptr_t base;

const char __nub_rodata_start[1], __nub_data_start[1], __nub_data_end[1];

uintptr_t tables_next(uintptr_t address, uintptr_t end) { return address < end ? end : address; }
pfn tables_page(uintptr_t address) { return address ? NO_PAGE : 0; }
pfn tables_unmap(uintptr_t address) { return tables_page(address); }
bool tables_map(uintptr_t address, pfn page, unsigned rights) { return address || page || rights; }
unsigned tables_rights(uintptr_t address) { return !address; }
void tables_protect(uintptr_t address, unsigned rights) { EXPECT(!address && !rights); }
bool tables_prepare(uintptr_t start, size_t size) { return start || size; }
void tables_commit(void) {}

static void map(size_t at, size_t count)
{
    struct mapping mapping = {
        .backing = next_random() & 1 ? &file : NULL, .offset = (at + next_random() % 2) * PAGE_SIZE,
        .rights = next_random() % 3, .most_rights = 7,
    };

    EXPECT(areas_map_as(base + at * PAGE_SIZE, count * PAGE_SIZE, &mapping));
    for (size_t i = at; i < at + count; i++) {
        model[i].mapped = mapping.backing ? 2 : 1;
        model[i].rights = mapping.rights;
        model[i].offset = mapping.offset + (i - at) * PAGE_SIZE;
    }
}

static void protect(size_t at, size_t count)
{
    unsigned rights = next_random() % 3;

    EXPECT(areas_protect(base + at * PAGE_SIZE, count * PAGE_SIZE, rights));
    for (size_t i = at; i < at + count; i++)
        if (model[i].mapped)
            model[i].rights = rights;
}

static void unmap(size_t at, size_t count)
{
    EXPECT(areas_unmap(base + at * PAGE_SIZE, count * PAGE_SIZE));
    for (size_t i = at; i < at + count; i++)
        model[i].mapped = 0;
}

/* Whether every page is as it should be, and neighbours that are alike are one area. */
static void compare_areas(void)
{
    uintptr_t end = 0;
    struct area_view before = { .end = 0 };
    unsigned areas = 0;

    for (size_t i = 0; i < SPACE; i++) {
        uintptr_t at = base + i * PAGE_SIZE;
        struct area_view view;

        EXPECT(areas_view(at, &view) == !!model[i].mapped);
        if (!model[i].mapped)
            continue;
        EXPECT(view.mapping.rights == model[i].rights && !!view.mapping.backing == (model[i].mapped == 2));
        if (model[i].mapped == 2)
            EXPECT(view.mapping.offset + (at - view.start) == model[i].offset);
        if (view.end == end)
            continue;
        EXPECT(view.start == at);
        if (areas++ && before.end == at)
            EXPECT(before.mapping.rights != view.mapping.rights || before.mapping.backing != view.mapping.backing
                   || (view.mapping.backing && before.mapping.offset + (at - before.start) != view.mapping.offset));
        end = view.end;
        before = view;
    }
}

/* The highest gap in the model, the space behind it being taken. */
static uintptr_t gap_of(size_t count)
{
    size_t free = 0;

    for (size_t i = SPACE; i-- > 0;) {
        free = model[i].mapped ? 0 : free + 1;
        if (free == count)
            return base + i * PAGE_SIZE;
    }
    return 0;
}

static void try_areas(void)
{
    file.kind = &file_kind;
    areas_start(0);
    base = ARENA_END - SPACE * PAGE_SIZE;
    for (int step = 0; step < STEPS; step++) {
        size_t at = next_random() % SPACE, count = 1 + next_random() % (next_random() % 16 ? 8 : 200);
        uintptr_t gap;

        count = smaller(count, SPACE - at);
        switch (next_random() % 4) {
        case 0: map(at, count); break;
        case 1: unmap(at, count); break;
        default: protect(at, count);
        }
        count = 1 + next_random() % 20;
        gap = gap_of(count);
        if (gap)
            EXPECT(areas_place(count * PAGE_SIZE) == gap);
        if (step % 100 == 0)
            compare_areas();
    }
    unmap(0, SPACE);
    EXPECT(!file.users && areas_free(base, SPACE * PAGE_SIZE));
}

int main(void)
{
    /* Pages are at their numbers' addresses; more of them for the records of areas. */
    void *memory = mmap(page_address(FIRST), 2 * PAGES * PAGE_SIZE, 3, 0x32, -1, 0);

    EXPECT(memory == page_address(FIRST));
    try_pages();
    pages_add(FIRST + PAGES, FIRST + 2 * PAGES);
    try_areas();
    return 0;
}
