/*
 * Shows address space that costs nothing until it is used: reservations of a
 * gigabyte, pieces put into them, rights changed in the middle, code written
 * and run, and memory that goes back.
 */
#define _GNU_SOURCE
#include "check.h"
#include <stdint.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#define MIB (1024 * 1024UL)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static long used(void)
{
    struct sysinfo info;

    sysinfo(&info);
    return (long)(info.totalram - info.freeram) * info.mem_unit / 1024;
}

/* mov $number, %eax; ret */
static void write_code(unsigned char *at, unsigned number)
{
    at[0] = 0xb8;
    memcpy(at + 1, &number, 4);
    at[5] = 0xc3;
}

int main(void)
{
    long before = used(), good = 1;
    unsigned char *big = mmap(NULL, 1024 * MIB, PROT_NONE, PRIVATE | MAP_NORESERVE, -1, 0), *p;

    CHECK(big != MAP_FAILED && used() - before < 64);
    p = mmap(big + 100 * MIB, 4 * MIB, PROT_READ | PROT_WRITE, PRIVATE | MAP_FIXED, -1, 0);
    CHECK(p == big + 100 * MIB);
    memset(p, 1, MIB);
    CHECK(used() - before >= 1024 && used() - before < 1500);
    CHECK(!mprotect(p + 4096, 4096, PROT_READ) && p[4096] == 1 && !mprotect(p + 4096, 4096, PROT_READ | PROT_WRITE));
    p[4096] = 2;
    CHECK(!madvise(p, 4 * MIB, MADV_DONTNEED) && used() - before < 200 && !p[0] && !p[4096]);
    CHECK(!madvise(p, 4 * MIB, MADV_DONTFORK) && !madvise(p, 4 * MIB, MADV_HUGEPAGE) + 1);

    /* Every other page with other rights: many small areas, joined again. */
    for (int i = 0; i < 400; i += 2)
        good &= !mprotect(big + 10 * MIB + i * 4096, 4096, PROT_READ | PROT_WRITE);
    for (int i = 0; i < 400; i += 2)
        big[10 * MIB + i * 4096] = i;
    for (int i = 0; i < 400; i += 2)
        good &= big[10 * MIB + i * 4096] == (unsigned char)i;
    CHECK(good);
    CHECK(!mprotect(big + 10 * MIB, 400 * 4096, PROT_READ | PROT_WRITE));
    CHECK(big[10 * MIB + 4096] == 0 && big[10 * MIB + 8192] == 2);

    /* A translator's buffer: code is written, run, and written again. */
    p = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE | PROT_EXEC, PRIVATE, -1, 0);
    CHECK(p != MAP_FAILED);
    for (unsigned i = 0; i < 1000 && good; i++) {
        unsigned char *code = p + i * 37 % 1000 * 16000;

        write_code(code, i);
        good &= ((unsigned (*)(void))(uintptr_t)code)() == i;
        write_code(code, ~i);
        good &= ((unsigned (*)(void))(uintptr_t)code)() == ~i;
    }
    CHECK(good);
    CHECK(!mprotect(p, 4096, PROT_READ | PROT_EXEC) && !munmap(p, 16 * MIB));

    p = mremap(big + 100 * MIB, 4 * MIB, 8 * MIB, MREMAP_MAYMOVE);
    CHECK(p != MAP_FAILED);
    memset(p, 3, 8 * MIB);
    CHECK(!munmap(p, 8 * MIB) && !munmap(big, 1024 * MIB));
    printf("%ld KiB more in use than at the start\n", used() - before);
    CHECK(used() - before < 512);
    return failures;
}
