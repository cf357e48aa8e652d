/* Calls that work on memory, in an arena of pages, and looks at what is in it. */
#define _GNU_SOURCE
#include "sequence.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 24, SCRATCH = 50 };

static char *arena;
/* What may be done to each page by hand: PROT_READ and PROT_WRITE, of memory without a file. */
static unsigned char may[PAGES];
static int scratch = -1;

static const struct { int number; const char *name; } protections[] = {
    {PROT_READ | PROT_WRITE, "rw"}, {PROT_READ | PROT_WRITE, "rw"}, {PROT_READ, "r"},
    {PROT_NONE, "none"}, {PROT_WRITE, "w"}, {PROT_READ | PROT_EXEC, "rx"},
};

static void begin_memory(void)
{
    arena = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(may, 0, sizeof may);
    int fd = open("/tmp/differential/scratch", O_RDWR | O_CREAT | O_TRUNC, 0600);
    scratch = dup2(fd, SCRATCH);
    close(fd);
    if (arena == MAP_FAILED || scratch < 0)
        put_line("no arena");
}

static void end_memory(void)
{
    munmap(arena, PAGES * PAGE);
    close(scratch);
}

static void pick_pages(int *page, int *count)
{
    *page = pick(PAGES);
    *count = 1 + pick(pick(4) ? 4 : 12);
    if (*page + *count > PAGES)
        *count = PAGES - *page;
}

static void allow(int page, int count, int protection)
{
    memset(may + page, protection & PROT_WRITE ? PROT_READ | PROT_WRITE : protection & PROT_READ,
           count);
}

/* Addresses are offsets into the arena, in pages. */
static long long gave_address(void *address)
{
    long long offset = (char *)address - arena;
    if (address == MAP_FAILED)
        return gave(-1);
    errno = 0;
    return gave(offset >= 0 && offset < PAGES * PAGE ? offset / PAGE : -2);
}

static void do_mmap(void)
{
    int page, count, shared = pick(3) == 0;
    unsigned protection = pick(COUNT(protections));
    pick_pages(&page, &count);
    calls("mmap(%d, %d, %s, %s)", page, count, protections[protection].name,
          shared ? "shared" : "private");
    void *address = mmap(arena + page * PAGE, count * PAGE, protections[protection].number,
                         MAP_ANONYMOUS | MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE), -1, 0);
    if (gave_address(address) >= 0)
        allow(page, count, protections[protection].number);
}

static void do_mmap_file(void)
{
    static const long long offsets[] = {0, 0, 0, 4096, 8192, 100, -4096};
    int page, count, shared = pick(2), slot = pick_slot();
    unsigned protection = pick(COUNT(protections));
    long long offset = PICK(offsets);
    pick_pages(&page, &count);
    calls("mmap(%d, %d, %s, %s, f%d, %lld)", page, count, protections[protection].name,
          shared ? "shared" : "private", slot, offset);
    void *address = mmap(arena + page * PAGE, count * PAGE, protections[protection].number,
                         MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE), slots[slot], offset);
    /* What lies past the end of the file must not be touched. */
    if (gave_address(address) >= 0)
        allow(page, count, 0);
}

/* Lengths and flags that are wrong, or that want a place which is taken. */
static void do_mmap_oddly(void)
{
    int page, count, choice = pick(4);
    pick_pages(&page, &count);
    static const char *const names[] = {"no length", "no kind", "unaligned", "no replace"};
    calls("mmap(%d, %d, %s)", page, count, names[choice]);
    char *address = arena + page * PAGE + (choice == 2 ? 8 : 0);
    int flags = MAP_ANONYMOUS | (choice == 1 ? 0 : MAP_PRIVATE) |
                (choice == 3 ? 0x100000 : MAP_FIXED);
    address = mmap(address, choice == 0 ? 0 : count * PAGE, PROT_READ, flags, -1, 0);
    if (gave_address(address) >= 0)
        allow(page, count, PROT_READ);
}

static void do_munmap(void)
{
    int page, count, odd = pick(8);
    pick_pages(&page, &count);
    if (odd == 0) {
        calls("munmap(%d, 0)", page);
        gave(munmap(arena + page * PAGE, 0));
    } else if (odd == 1) {
        calls("munmap(%d + 1 byte, %d)", page, count);
        gave(munmap(arena + page * PAGE + 1, count * PAGE));
    } else {
        calls("munmap(%d, %d)", page, count);
        if (gave(munmap(arena + page * PAGE, count * PAGE - (odd == 2))) == 0)
            allow(page, count, 0);
    }
}

static void do_mprotect(void)
{
    int page, count;
    unsigned protection = pick(COUNT(protections));
    pick_pages(&page, &count);
    calls("mprotect(%d, %d, %s)", page, count, protections[protection].name);
    /* After an error the first part may have changed, and file pages stay out of reach. */
    int good = gave(mprotect(arena + page * PAGE, count * PAGE, protections[protection].number));
    for (int i = page; i < page + count; i++)
        may[i] &= good == 0 ? protections[protection].number |
                              (protections[protection].number & PROT_WRITE ? PROT_READ : 0) : 0;
}

static void do_mremap(void)
{
    int page, count, to, more, new_count;
    pick_pages(&page, &count);
    pick_pages(&to, &more);
    int moves = pick(2);
    /* Without a place of its own only to a smaller or the same size: where more room is, differs. */
    new_count = moves ? more : 1 + (int)pick(count);
    if (moves && pick(2))
        new_count = count < PAGES - to ? count : PAGES - to;
    calls("mremap(%d, %d, %d%s", page, count, new_count, moves ? "" : ")");
    if (moves)
        seen(", %d)", to);
    void *address = mremap(arena + page * PAGE, count * PAGE, new_count * PAGE,
                           moves ? MREMAP_MAYMOVE | MREMAP_FIXED : 0, arena + to * PAGE);
    gave_address(address);
    allow(page, count, 0);
    if (moves)
        allow(to, new_count, 0);
}

static void do_madvise(void)
{
    static const struct { int number; const char *name; } advice[] = {
        {MADV_DONTNEED, "DONTNEED"}, {MADV_DONTNEED, "DONTNEED"}, {MADV_NORMAL, "NORMAL"},
        {MADV_WILLNEED, "WILLNEED"}, {MADV_SEQUENTIAL, "SEQUENTIAL"}, {9999, "9999"},
    };
    int page, count;
    unsigned choice = pick(COUNT(advice));
    pick_pages(&page, &count);
    calls("madvise(%d, %d, %s)", page, count, advice[choice].name);
    gave(madvise(arena + page * PAGE, count * PAGE, advice[choice].number));
}

static void do_msync(void)
{
    static const int flags[] = {MS_SYNC, MS_ASYNC, MS_SYNC | MS_INVALIDATE, MS_SYNC | MS_ASYNC};
    int page, count, flag = PICK(flags);
    pick_pages(&page, &count);
    calls("msync(%d, %d, %d)", page, count, flag);
    gave(msync(arena + page * PAGE, count * PAGE, flag));
}

/* By hand, where that cannot fault. */
static void do_touch(void)
{
    int page, count;
    unsigned value = pick(250);
    pick_pages(&page, &count);
    calls("fill(%d, %d)", page, count);
    for (int i = page; i < page + count; i++) {
        seen(" %s", may[i] & PROT_WRITE ? "w" : may[i] ? "r" : "-");
        if (may[i] & PROT_READ)
            seen("%x", sum_of(arena + i * PAGE, 64));
        if (may[i] & PROT_WRITE)
            memset(arena + i * PAGE, value + i, PAGE);
    }
}

/* The kernel reads, or writes, one page after the other, whatever is there. */
static void do_look(void)
{
    int page, count;
    pick_pages(&page, &count);
    calls("look(%d, %d)", page, count);
    for (int i = page; i < page + count; i++) {
        ssize_t size = pwrite(scratch, arena + i * PAGE, PAGE, 0);
        if (size < 0)
            seen(" %s", error_name(errno));
        else if (pread(scratch, data, size, 0) == size)
            seen(" %x", sum_of(data, size));
    }
    errno = 0;
}

static void do_read_into(void)
{
    int page, count, slot = pick_slot();
    pick_pages(&page, &count);
    calls("pread(f%d, page %d, %d, 0)", slot, page, count * PAGE);
    gave(pread(slots[slot], arena + page * PAGE, count * PAGE, 0));
}

static void do_write_from(void)
{
    int page, count, slot = pick_slot();
    pick_pages(&page, &count);
    calls("pwrite(f%d, page %d, %d, 0)", slot, page, count * PAGE);
    gave(pwrite(slots[slot], arena + page * PAGE, count * PAGE, 0));
}

static void do_store(void)
{
    int page, count;
    pick_pages(&page, &count);
    memset(data, pick(250), PAGE);
    calls("store(%d, %d)", page, count);
    if (pwrite(scratch, data, PAGE, 0) != PAGE)
        seen(" no scratch");
    for (int i = page; i < page + count; i++)
        seen(" %s", pread(scratch, arena + i * PAGE, PAGE, 0) < 0 ? error_name(errno) : "ok");
    errno = 0;
}

static const struct operation memory_group_list[] = {
    OPERATION(10, mmap), OPERATION(8, mmap_file), OPERATION(2, mmap_oddly), OPERATION(6, munmap),
    OPERATION(7, mprotect), OPERATION(5, mremap), OPERATION(6, madvise), OPERATION(3, msync),
    OPERATION(8, touch), OPERATION(8, look), OPERATION(4, read_into), OPERATION(4, write_from),
    OPERATION(6, store),
};
GROUP(memory_group, begin_memory, end_memory);
