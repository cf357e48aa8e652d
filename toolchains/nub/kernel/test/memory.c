/*
 * Shows the memory calls: malloc under load, anonymous mappings, reservations
 * that get their rights later, holes, moves, the break, and memory that runs
 * out with an error instead of a panic.
 */
#define _GNU_SOURCE
#include "check.h"
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB (1024 * 1024UL)

static void *map(size_t size, int rights)
{
    return mmap(NULL, size, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int is_filled(const unsigned char *p, size_t size, unsigned char with)
{
    for (size_t i = 0; i < size; i++)
        if (p[i] != with)
            return 0;
    return 1;
}

static int churn(void)
{
    static unsigned char *blocks[500];
    static size_t sizes[500];
    unsigned seed = 1;

    for (int round = 0; round < 20000; round++) {
        size_t i = (seed = seed * 1103515245 + 12345) / 65536 % 500;

        if (blocks[i]) {
            if (blocks[i][0] != (unsigned char)i || blocks[i][sizes[i] - 1] != (unsigned char)i)
                return 0;
            free(blocks[i]);
            blocks[i] = NULL;
        } else {
            sizes[i] = seed / 7 % (round % 50 ? 3000 : 300000) + 1;
            blocks[i] = malloc(sizes[i]);
            if (!blocks[i])
                return 0;
            memset(blocks[i], i, sizes[i]);
        }
    }
    for (int i = 0; i < 500; i++)
        free(blocks[i]);
    return 1;
}

int main(void)
{
    struct sysinfo before, after;
    unsigned char *p, *q;

    CHECK(churn());

    sysinfo(&before);
    p = map(8 * MIB, PROT_READ | PROT_WRITE);
    CHECK(p != MAP_FAILED && is_filled(p, 8 * MIB, 0));
    memset(p, 0x5a, 8 * MIB);
    CHECK(is_filled(p, 8 * MIB, 0x5a));
    CHECK(!munmap(p + 2 * MIB, MIB));
    CHECK(p[2 * MIB - 1] == 0x5a && p[3 * MIB] == 0x5a);
    q = mmap(p + 2 * MIB, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    CHECK(q == p + 2 * MIB && is_filled(q, MIB, 0));
    CHECK(!madvise(p, MIB, MADV_DONTNEED) && is_filled(p, MIB, 0));
    CHECK(!munmap(p, 8 * MIB));

    p = map(256 * MIB, PROT_NONE);
    CHECK(p != MAP_FAILED);
    CHECK(!mprotect(p + 100 * MIB, MIB, PROT_READ | PROT_WRITE));
    memset(p + 100 * MIB, 1, MIB);
    CHECK(!mprotect(p + 100 * MIB, MIB, PROT_NONE));
    CHECK(!mprotect(p + 100 * MIB, MIB, PROT_READ));
    CHECK(is_filled(p + 100 * MIB, MIB, 1));
    CHECK(!munmap(p, 256 * MIB));
    CHECK(mprotect(p, 4096, PROT_READ) == -1 && errno == ENOMEM);

    p = map(MIB, PROT_READ | PROT_WRITE);
    memset(p, 7, MIB);
    q = map(4096, PROT_READ);
    p = mremap(p, MIB, 4 * MIB, MREMAP_MAYMOVE);
    CHECK(p != MAP_FAILED && is_filled(p, MIB, 7) && is_filled(p + MIB, 3 * MIB, 0));
    CHECK(mremap(p, 4 * MIB, MIB, 0) == p);
    CHECK(!munmap(p, MIB) && !munmap(q, 4096));

    p = (unsigned char *)syscall(SYS_brk, 0);
    q = (unsigned char *)syscall(SYS_brk, p + 3 * MIB);
    CHECK(q == p + 3 * MIB);
    memset(p, 3, 3 * MIB);
    CHECK((unsigned char *)syscall(SYS_brk, p) == p);

    p = map(16 * 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
    memcpy(p, "\xb8\x2a\x00\x00\x00\xc3", 6); /* mov $42, %eax; ret */
    CHECK(((int (*)(void))(uintptr_t)p)() == 42);
    munmap(p, 16 * 4096);

    sysinfo(&after);
    printf("pages in use: %ld more than before\n", (long)before.freeram - (long)after.freeram);
    CHECK((long)(before.freeram - after.freeram) < 256);

    p = mmap(NULL, after.totalram * after.mem_unit, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    CHECK(p == MAP_FAILED && errno == ENOMEM);
    p = map(MIB, PROT_READ | PROT_WRITE);
    CHECK(p != MAP_FAILED);
    return failures;
}
