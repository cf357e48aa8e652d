/*
 * Shows the calls on memory at their edges: what they refuse and with which
 * error, ranges with holes, rights of the image's own pages, fixed places,
 * advice, locking, and which pages are there.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)
#define FAILS(call, error) CHECK((long)(call) == -1 && errno == error)

static char zeroes[4 * PAGE] __attribute__((aligned(4096)));
static char ones[2 * PAGE] __attribute__((aligned(4096))) = { 1 };

static char *map(long pages, int rights)
{
    return mmap(NULL, pages * PAGE, rights, PRIVATE, -1, 0);
}

static int answer(void)
{
    return 42;
}

static void map_edges(void)
{
    char *p = map(4, RW), *hint;

    FAILS(mmap(NULL, 0, RW, PRIVATE, -1, 0), EINVAL);
    FAILS(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
    FAILS(mmap(NULL, PAGE, RW, 3 | MAP_ANONYMOUS, -1, 0), EINVAL);
    FAILS(mmap(p + 1, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0), EINVAL);
    FAILS(mmap(p + PAGE, PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    FAILS(syscall(SYS_munmap, p, 0), EINVAL);
    FAILS(syscall(SYS_munmap, p + 1, PAGE), EINVAL);
    FAILS(syscall(SYS_munmap, p, -PAGE), EINVAL);
    CHECK(!munmap(p + PAGE, 2 * PAGE) && !munmap(p + PAGE, 2 * PAGE) && !munmap(p, 4 * PAGE));
    CHECK(!munmap((void *)0x10000, PAGE)); /* nothing is there */
    CHECK(mmap(p, PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0) == p && !munmap(p, PAGE));
    hint = mmap(p, PAGE, RW, PRIVATE, -1, 0);
    CHECK(hint == p);
    CHECK(mmap(p, PAGE, RW, PRIVATE, -1, 0) != p && !munmap(p, PAGE));
    p = mmap(NULL, 4 * PAGE, RW, PRIVATE | MAP_POPULATE | MAP_NORESERVE | MAP_STACK | MAP_GROWSDOWN, -1, 0);
    CHECK(p != MAP_FAILED && !p[0] && !munmap(p, 4 * PAGE));
}

static void rights(void)
{
    char *p = map(8, RW);

    FAILS(syscall(SYS_mprotect, p + 1, PAGE, RW), EINVAL);
    FAILS(mprotect(p, PAGE, 0x40), EINVAL);
    FAILS(syscall(SYS_mprotect, p, -1L, RW), ENOMEM);
    CHECK(!mprotect(p, 0, RW));
    p[0] = 1;
    CHECK(!munmap(p + 4 * PAGE, PAGE));
    FAILS(mprotect(p, 8 * PAGE, PROT_READ), ENOMEM);
    p[5 * PAGE] = 1; /* behind the hole nothing has changed */
    CHECK(!munmap(p, 8 * PAGE));

    /* What may be written can be read, too. */
    p = map(2, PROT_WRITE);
    *(volatile char *)p = 7;
    CHECK(*(volatile char *)p == 7 && !((volatile char *)p)[PAGE]);
    CHECK(!mprotect(p, 2 * PAGE, PROT_READ) && !mprotect(p, 2 * PAGE, PROT_WRITE));
    CHECK(*(volatile char *)p == 7 && !munmap(p, 2 * PAGE));

    /* The image's own pages. */
    zeroes[PAGE] = 5;
    CHECK(!mprotect(zeroes + PAGE, PAGE, PROT_READ) && zeroes[PAGE] == 5);
    CHECK(!mprotect(zeroes + PAGE, PAGE, PROT_NONE) && !mprotect(zeroes, 4 * PAGE, RW) && zeroes[PAGE]++ == 5);
    CHECK(!mprotect(ones, PAGE, PROT_READ) && !mprotect(ones, PAGE, RW) && ones[0]++ == 1);
    memcpy(zeroes, "\xb8\x2a\x00\x00\x00\xc3", 6); /* mov $42, %eax; ret */
    CHECK(!mprotect(zeroes, PAGE, RW | PROT_EXEC) && ((int (*)(void))(uintptr_t)zeroes)() == 42);
    CHECK(!mprotect(zeroes, PAGE, RW));
    p = (char *)((uintptr_t)answer & -PAGE);
    CHECK(!mprotect(p, PAGE, RW | PROT_EXEC));
    *(volatile char *)(uintptr_t)answer = *(volatile char *)(uintptr_t)answer;
    CHECK(!mprotect(p, PAGE, PROT_READ | PROT_EXEC) && answer() == 42);
    CHECK(!mlock(zeroes, sizeof(zeroes)) && !munlock(zeroes, sizeof(zeroes)));
}

static void move(void)
{
    char *p = map(4, RW), *q = map(8, RW), *r;

    strcpy(p + 3 * PAGE, "moved");
    FAILS(mremap(p + 1, PAGE, PAGE, 0), EINVAL);
    FAILS(mremap(p, PAGE, 0, 0), EINVAL);
    FAILS(mremap(p, PAGE, PAGE, 64), EINVAL);
    FAILS(mremap(p, PAGE, PAGE, MREMAP_FIXED, q), EINVAL);
    FAILS(mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p + PAGE), EINVAL);
    FAILS(mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, q + 1), EINVAL);
    FAILS(mremap(p, 0, PAGE, MREMAP_MAYMOVE), EINVAL);
    CHECK(mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, q + 2 * PAGE) == q + 2 * PAGE);
    CHECK(!strcmp(q + 5 * PAGE, "moved") && !q[6 * PAGE]);
    FAILS(mremap(p, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE), EFAULT);
    CHECK(!munmap(q, 8 * PAGE));
    q = map(8, RW);
    strcpy(q + 5 * PAGE, "moved");
    CHECK(mremap(q, 8 * PAGE, 6 * PAGE, 0) == q);
    r = mmap(q + 6 * PAGE, PAGE, PROT_NONE, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(r == q + 6 * PAGE);
    FAILS(mremap(q, 6 * PAGE, 7 * PAGE, 0), ENOMEM);
    CHECK(!munmap(r, PAGE) && mremap(q, 6 * PAGE, 7 * PAGE, 0) == q && !q[6 * PAGE]);
    r = mremap(q, 7 * PAGE, 7 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
    CHECK(r != MAP_FAILED && r != q && !strcmp(r + 5 * PAGE, "moved") && !q[5 * PAGE]);
    CHECK(!munmap(q, 7 * PAGE) && !munmap(r, 7 * PAGE));
}

static void advice(void)
{
    static const int known[] = { 0, 1, 2, 3, 8, 10, 11, 14, 15, 16, 17, 18, 19, 20, 21 };
    char *p = map(8, RW);
    int good = 1;

    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        good &= !madvise(p, PAGE, known[i]);
    CHECK(good);
    FAILS(madvise(p, PAGE, 5), EINVAL);
    FAILS(madvise(p, PAGE, 77), EINVAL);
    FAILS(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
    FAILS(syscall(SYS_madvise, p, -1L, MADV_DONTNEED), EINVAL);
    CHECK(!madvise(p, 0, MADV_DONTNEED));
    memset(p, 1, 8 * PAGE);
    munmap(p + 2 * PAGE, PAGE);
    FAILS(madvise(p, 8 * PAGE, MADV_DONTNEED), ENOMEM);
    CHECK(!p[0] && !p[7 * PAGE]);
    FAILS(madvise(p, PAGE, MADV_REMOVE), EINVAL);
    CHECK(!munmap(p, 8 * PAGE));
}

static void locks(void)
{
    char *p = map(8, RW);
    unsigned char there[8];

    CHECK(!mlock(p + 1, PAGE) && !munlock(p, 2 * PAGE) && !mlock(p, 0));
    CHECK(!munmap(p + PAGE, PAGE));
    FAILS(mlock(p, 3 * PAGE), ENOMEM);
    FAILS(munlock(p, 3 * PAGE), ENOMEM);
    FAILS(mlock2(p, PAGE, 8), EINVAL);
    CHECK(!mlock2(p, PAGE, MLOCK_ONFAULT));
    FAILS(mlockall(0), EINVAL);
    FAILS(mlockall(64), EINVAL);
    CHECK(!mlockall(MCL_FUTURE));
    munmap(p, 8 * PAGE);
    p = map(512, RW);
    CHECK(!mincore(p + 300 * PAGE, 8 * PAGE, there) && there[0] & 1 && there[7] & 1);
    CHECK(!munlockall() && !munmap(p, 512 * PAGE));

    p = map(512, RW);
    p[301 * PAGE] = 1;
    CHECK(!mincore(p + 300 * PAGE, 3 * PAGE, there) && there[1] & 1);
    CHECK(!mincore(p + 400 * PAGE, PAGE, there) && !(there[0] & 1));
    FAILS(mincore(p + 1, PAGE, there), EINVAL);
    FAILS(mincore(p, PAGE, (unsigned char *)1), EFAULT);
    FAILS(msync(p + 1, PAGE, MS_SYNC), EINVAL);
    FAILS(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    FAILS(msync(p, PAGE, 64), EINVAL);
    CHECK(!msync(p, PAGE, MS_ASYNC | MS_INVALIDATE) && !munmap(p, 512 * PAGE));
    FAILS(mincore(p, PAGE, there), ENOMEM);
    FAILS(msync(p, PAGE, MS_SYNC), ENOMEM);
}

/* Thousands of mappings, made and found and removed in a mixed order. */
static void many(void)
{
    enum { COUNT = 5000 };
    static char *maps[COUNT];
    int good = 1;

    for (int i = 0; i < COUNT; i++) {
        maps[i] = mmap(NULL, PAGE + i % 3 * PAGE, i & 1 ? RW : PROT_READ, PRIVATE | MAP_NORESERVE, -1, 0);
        good &= maps[i] != MAP_FAILED;
    }
    for (int i = 1; i < COUNT; i += 2)
        maps[i][0] = i;
    for (int i = 0; i < COUNT; i++) {
        int at = i * 2477 % COUNT;

        good &= at & 1 ? maps[at][0] == (char)at : !maps[at][0];
        good &= !munmap(maps[at], PAGE + at % 3 * PAGE);
    }
    CHECK(good);
}

int main(void)
{
    map_edges();
    rights();
    move();
    advice();
    locks();
    many();
    return failures;
}
