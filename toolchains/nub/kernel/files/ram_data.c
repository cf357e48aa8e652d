/*
 * Contents of files in memory: pages, found through levels of pages full of
 * pointers, as many as the last page's number needs. What was never written has
 * no page: it reads as what the image packs there, or as zeroes.
 */
#include <files/ram.h>
#include <memory/program.h>
#include <time/clock.h>

#define POINTERS (PAGE_SIZE / sizeof(void *))
#define POINTER_BITS (sizeof(void *) == 8 ? 9 : 10)
#define MOST_SIZE ((uint64_t)INT64_MAX)

static void *zero_page(void)
{
    pfn page = page_take();

    return page == NO_PAGE ? NULL : page_address(page);
}

static void give(void *page)
{
    page_give((uintptr_t)page >> PAGE_SHIFT);
}

/* Copies what the image packs at a position; zeroes are behind its end. */
static void copy_base(const struct ram_node *ram, char *to, uint64_t position, size_t size)
{
    size_t known = position < ram->base_size ? smaller(size, ram->base_size - position) : 0;

    memcpy(to, ram->base + position, known);
    memset(to + known, 0, size - known);
}

/* Is the number beyond what the levels can tell? */
static bool is_beyond(const struct ram_node *ram, uint64_t number)
{
    unsigned bits = ram->levels * POINTER_BITS;

    return !ram->levels || (bits < 64 && number >> bits);
}

/* Adds levels until there is room for the number. */
static bool raise(struct ram_node *ram, uint64_t number)
{
    while (is_beyond(ram, number)) {
        void **top = zero_page();

        if (!top)
            return false;
        top[0] = ram->index;
        ram->index = top;
        ram->levels++;
    }
    return true;
}

/* Where the page with this number is kept; NULL if it has no place yet. */
static void **slot_of(struct ram_node *ram, uint64_t number, bool create)
{
    void **level;

    if (is_beyond(ram, number) && (!create || !raise(ram, number)))
        return NULL;
    level = ram->index;
    for (unsigned height = ram->levels - 1; height; height--) {
        void **slot = &level[number >> height * POINTER_BITS & (POINTERS - 1)];

        if (!*slot && (!create || !(*slot = zero_page())))
            return NULL;
        level = *slot;
    }
    return &level[number & (POINTERS - 1)];
}

char *ram_page(struct ram_node *ram, uint64_t position, bool create)
{
    void **slot = slot_of(ram, position >> PAGE_SHIFT, create);

    if (slot && !*slot && create) {
        char *page = zero_page();

        if (!page)
            return NULL;
        copy_base(ram, page, ROUND_DOWN(position, (uint64_t)PAGE_SIZE), PAGE_SIZE);
        *slot = page;
        ram->pages++;
    }
    return slot ? *slot : NULL;
}

static long read_ram(struct file *file, void *to, size_t size, uint64_t *position)
{
    struct ram_node *ram = file->node.object;
    char *at = to;

    if (*position >= ram->size)
        return 0;
    size = smaller(size, ram->size - *position);
    for (size_t left = size; left;) {
        size_t offset = *position & PAGE_MASK, part = smaller(left, PAGE_SIZE - offset);
        const char *page = ram_page(ram, *position, false);

        if (page)
            memcpy(at, page + offset, part);
        else
            copy_base(ram, at, *position, part);
        at += part;
        left -= part;
        *position += part;
    }
    /* As Linux does it: the time of the first access after a change is kept. */
    if (ram->atime <= ram->mtime)
        ram->atime = clock_realtime();
    return size;
}

/* A mapping may have written behind the end, in the last page: that is no part
 * of the file, and must not be when it grows. */
static void clear_tail(struct ram_node *ram)
{
    size_t offset = ram->size & PAGE_MASK;
    char *page = ram->was_mapped && offset ? ram_page(ram, ram->size, false) : NULL;

    if (page)
        memset(page + offset, 0, PAGE_SIZE - offset);
}

static long write_ram(struct file *file, const void *from, size_t size, uint64_t *position)
{
    struct ram_node *ram = file->node.object;
    const char *at = from;
    int error = 0;

    if (!size)
        return 0;
    if (*position >= MOST_SIZE)
        return -EFBIG;
    if (ram->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
        return -EPERM;
    if (*position > ram->size)
        clear_tail(ram);
    size = smaller(size, MOST_SIZE - *position);
    for (size_t left = size; left;) {
        size_t offset = *position & PAGE_MASK, part = smaller(left, PAGE_SIZE - offset);
        bool sealed = ram->seals & F_SEAL_GROW && *position + part > ram->size;
        char *page = sealed ? NULL : ram_page(ram, *position, true);

        if (!page) {
            size -= left;
            error = sealed ? -EPERM : -ENOSPC;
            break;
        }
        memcpy(page + offset, at, part);
        at += part;
        left -= part;
        *position += part;
        ram->size = larger(ram->size, *position);
    }
    if (!size)
        return error;
    ram->mtime = ram->ctime = clock_realtime();
    return size;
}

/* Gives back the pages with the numbers first..end-1 below a level, of which
 * the first one's number is `base`; true when nothing is left there. */
static bool cut(struct ram_node *ram, void **level, unsigned height, uint64_t base, uint64_t first, uint64_t end)
{
    uint64_t step = 1ULL << height * POINTER_BITS;
    bool empty = true;

    for (size_t i = 0; i < POINTERS; i++) {
        uint64_t low = base + i * step;

        if (!level[i])
            continue;
        if (low + step > first && low < end) {
            if (height ? cut(ram, level[i], height - 1, low, first, end) : true) {
                give(level[i]);
                level[i] = NULL;
                ram->pages -= !height;
            }
        }
        empty &= !level[i];
    }
    return empty;
}

static void cut_pages(struct ram_node *ram, uint64_t first, uint64_t end)
{
    if (!ram->index || !cut(ram, ram->index, ram->levels - 1, 0, first, end))
        return;
    give(ram->index);
    ram->index = NULL;
    ram->levels = 0;
}

/* Makes zeroes of a part of a page that may not be there. */
static int clear(struct ram_node *ram, uint64_t from, size_t size)
{
    char *page = ram_page(ram, from, from < ram->base_size);

    if (page)
        memset(page + (from & PAGE_MASK), 0, size);
    return page || from >= ram->base_size ? 0 : -ENOSPC;
}

int ram_resize(struct ram_node *ram, uint64_t size)
{
    if (size > MOST_SIZE)
        return -EFBIG;
    if (ram->seals & (size < ram->size ? F_SEAL_SHRINK : size > ram->size ? F_SEAL_GROW : 0))
        return -EPERM;
    if (size > ram->size)
        clear_tail(ram);
    if (size < ram->size) {
        areas_lose(&ram->backing, ROUND_UP(size, (uint64_t)PAGE_SIZE), MOST_SIZE);
        cut_pages(ram, ROUND_UP(size, (uint64_t)PAGE_SIZE) >> PAGE_SHIFT, UINT64_MAX);
        ram->base_size = smaller(ram->base_size, size);
        if (size & PAGE_MASK)
            clear(ram, size, PAGE_SIZE - (size & PAGE_MASK));
    }
    ram->size = size;
    ram->mtime = ram->ctime = clock_realtime();
    return 0;
}

int ram_allocate(struct ram_node *ram, uint64_t from, uint64_t size)
{
    uint64_t end = from + size;

    if (ram->seals & F_SEAL_GROW && end > ram->size)
        return -EPERM;
    /* What could never be is not begun. */
    if (size >> PAGE_SHIFT > (uint64_t)pages_unused() + ram->pages)
        return -ENOSPC;
    for (uint64_t at = ROUND_DOWN(from, (uint64_t)PAGE_SIZE); at < end; at += PAGE_SIZE)
        if (!ram_page(ram, at, true))
            return -ENOSPC;
    return 0;
}

bool ram_clear(struct ram_node *ram, uint64_t position, uint64_t size)
{
    uint64_t end = smaller(position + size, ROUND_UP(ram->size, (uint64_t)PAGE_SIZE));

    for (uint64_t at = position; at < end; at += PAGE_SIZE)
        if (clear(ram, at, PAGE_SIZE))
            return false;
    return true;
}

int ram_punch(struct ram_node *ram, uint64_t from, uint64_t size)
{
    uint64_t end = smaller(from + size, ROUND_UP(ram->size, (uint64_t)PAGE_SIZE));
    uint64_t whole = ROUND_UP(larger(from, ram->base_size), (uint64_t)PAGE_SIZE);
    int error = 0;

    if (ram->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
        return -EPERM;
    /* Where the image packs something, a page of zeroes must hide it. */
    for (uint64_t at = from; !error && at < end;) {
        size_t part = smaller(end - at, PAGE_SIZE - (at & PAGE_MASK));

        if (at >= whole && end - at >= PAGE_SIZE) {
            uint64_t last = ROUND_DOWN(end, (uint64_t)PAGE_SIZE);

            areas_lose(&ram->backing, at, last - at);
            cut_pages(ram, at >> PAGE_SHIFT, last >> PAGE_SHIFT);
            part = 0;
            at = last;
        }
        if (part)
            error = clear(ram, at, part);
        at += part;
    }
    ram->mtime = ram->ctime = clock_realtime();
    return error;
}

/* Is something stored at the position? If not, `next` is where there may be. */
static bool has_data(struct ram_node *ram, uint64_t position, uint64_t *next)
{
    uint64_t step = PAGE_SIZE;
    void **level = ram->index;

    *next = ROUND_DOWN(position, step) + step;
    if (position < ram->base_size)
        return true;
    if (is_beyond(ram, position >> PAGE_SHIFT)) {
        *next = ram->size;
        return false;
    }
    for (unsigned height = ram->levels; height--;) {
        step = (uint64_t)PAGE_SIZE << height * POINTER_BITS;
        level = level[(position >> PAGE_SHIFT >> height * POINTER_BITS) & (POINTERS - 1)];
        if (!level) {
            *next = ROUND_DOWN(position, step) + step;
            return false;
        }
    }
    return true;
}

static int64_t seek_ram(struct file *file, int64_t offset, int whence)
{
    struct ram_node *ram = file->node.object;
    uint64_t at = offset, next;

    if (whence != SEEK_DATA && whence != SEEK_HOLE)
        return seek_in_file(file, offset, whence);
    if (offset < 0 || at >= ram->size)
        return -ENXIO;
    while (at < ram->size && has_data(ram, at, &next) != (whence == SEEK_DATA))
        at = next;
    /* Behind the end, all is a hole. */
    if (at >= ram->size && whence == SEEK_DATA)
        return -ENXIO;
    return file->position = smaller(at, ram->size);
}

static int truncate_ram(const struct node *node, uint64_t size)
{
    return ram_resize(node->object, size);
}

static long control_ram(struct file *file, unsigned long request, void *argument)
{
    const struct ram_node *ram = file->node.object;

    if (request != FIONREAD)
        return -ENOTTY;
    if (!program_may_write(argument, sizeof(int)))
        return -EFAULT;
    *(int *)argument = ram->size - file->position;
    return 0;
}

const struct file_kind ram_file = {
    .mode = S_IFREG, .read = read_ram, .write = write_ram, .seek = seek_ram, .truncate = truncate_ram,
    .map = ram_map, .ioctl = control_ram,
};
