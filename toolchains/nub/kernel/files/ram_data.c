/*
 * Contents of files in memory: pages, found through two levels of pages full
 * of pointers. What was never written has no page: it reads as zeroes, or as
 * what the image packs there.
 */
#include <files/ram.h>
#include <files/ram_data.h>
#include <time/clock.h>

#define POINTERS (PAGE_SIZE / sizeof(void *))
#define MOST_SIZE ((uint64_t)POINTERS * POINTERS * PAGE_SIZE)

static void *zero_page(void)
{
    pfn page = page_take();

    return page == NO_PAGE ? NULL : page_address(page);
}

/* Copies what the image packs at a position; zeroes are behind its end. */
static void copy_base(const struct ram_node *ram, char *to, uint64_t position, size_t size)
{
    size_t known = position < ram->base_size ? smaller(size, ram->base_size - position) : 0;

    memcpy(to, ram->base + position, known);
    memset(to + known, 0, size - known);
}

/* The page behind a position; made if it is missing and shall be. */
static char *page_at(struct ram_node *ram, uint64_t position, bool create)
{
    size_t number = position >> PAGE_SHIFT;
    void ***level;

    if (!ram->index && (!create || !(ram->index = zero_page())))
        return NULL;
    level = &ram->index[number / POINTERS];
    if (!*level && (!create || !(*level = zero_page())))
        return NULL;
    if (!(*level)[number % POINTERS] && create) {
        char *page = zero_page();

        if (page)
            copy_base(ram, page, ROUND_DOWN(position, (uint64_t)PAGE_SIZE), PAGE_SIZE);
        (*level)[number % POINTERS] = page;
    }
    return (*level)[number % POINTERS];
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
        const char *page = page_at(ram, *position, false);

        if (page)
            memcpy(at, page + offset, part);
        else
            copy_base(ram, at, *position, part);
        at += part;
        left -= part;
        *position += part;
    }
    return size;
}

static long write_ram(struct file *file, const void *from, size_t size, uint64_t *position)
{
    struct ram_node *ram = file->node.object;
    const char *at = from;

    if (*position > MOST_SIZE || size > MOST_SIZE - *position)
        return -EFBIG;
    for (size_t left = size; left;) {
        size_t offset = *position & PAGE_MASK, part = smaller(left, PAGE_SIZE - offset);
        char *page = page_at(ram, *position, true);

        if (!page)
            return at == from ? -ENOSPC : at - (const char *)from;
        memcpy(page + offset, at, part);
        at += part;
        left -= part;
        *position += part;
        ram->size = larger(ram->size, *position);
    }
    ram->mtime = clock_realtime();
    return size;
}

static void give(void *page)
{
    page_give((uintptr_t)page >> PAGE_SHIFT);
}

/* Gives back the pages from `first` on. */
static void cut(struct ram_node *ram, size_t first)
{
    for (size_t high = 0; ram->index && high < POINTERS; high++) {
        void **level = ram->index[high];

        for (size_t low = 0; level && low < POINTERS; low++) {
            if (high * POINTERS + low >= first && level[low]) {
                give(level[low]);
                level[low] = NULL;
            }
        }
        if (level && high * POINTERS >= first) {
            give(level);
            ram->index[high] = NULL;
        }
    }
    if (ram->index && !first) {
        give(ram->index);
        ram->index = NULL;
    }
}

int ram_data_resize(struct ram_node *ram, uint64_t size)
{
    char *page;

    if (size > MOST_SIZE)
        return -EFBIG;
    if (size < ram->size) {
        cut(ram, ROUND_UP(size, (uint64_t)PAGE_SIZE) >> PAGE_SHIFT);
        ram->base_size = smaller(ram->base_size, size);
        page = size & PAGE_MASK ? page_at(ram, size, false) : NULL;
        if (page)
            memset(page + (size & PAGE_MASK), 0, PAGE_SIZE - (size & PAGE_MASK));
    }
    ram->size = size;
    ram->mtime = clock_realtime();
    return 0;
}

static long read_folder(struct file *file, void *to, size_t size, uint64_t *position)
{
    (void)file;
    (void)to;
    (void)size;
    (void)position;
    return -EISDIR;
}

static int open_ram(struct file *file)
{
    ram_hold(file->node.object);
    return 0;
}

static void close_ram(struct file *file)
{
    ram_release(file->node.object);
}

static int truncate_ram(const struct node *node, uint64_t size)
{
    return ram_data_resize(node->object, size);
}

const struct file_kind ram_file = {
    .mode = S_IFREG, .open = open_ram, .read = read_ram, .write = write_ram, .seek = seek_in_file,
    .truncate = truncate_ram, .close = close_ram,
};
const struct file_kind ram_folder = {
    .mode = S_IFDIR, .open = open_ram, .read = read_folder, .seek = seek_in_file, .close = close_ram,
};
const struct file_kind ram_link = { .mode = S_IFLNK };
