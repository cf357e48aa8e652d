/*
 * Shows that RLIMIT_AS and RLIMIT_DATA act on mmap, mremap, mprotect and brk.
 */
#define _GNU_SOURCE
#include "check.h"
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB (1UL << 20)
#define RW (PROT_READ | PROT_WRITE)

static void *map(size_t size, int rights, int flags)
{
    return mmap(NULL, size, rights, flags | MAP_ANONYMOUS, -1, 0);
}

static int is_refused(void *address)
{
    return address == MAP_FAILED && errno == ENOMEM;
}

static void limit(int resource, rlim_t size)
{
    struct rlimit limit = { size, RLIM_INFINITY };

    CHECK(!setrlimit(resource, &limit));
}

static void of_all(void)
{
    char *half, *more;

    limit(RLIMIT_AS, 64 * MIB);
    CHECK(is_refused(map(80 * MIB, PROT_NONE, MAP_PRIVATE)));
    half = map(32 * MIB, PROT_READ, MAP_PRIVATE);
    CHECK(half != MAP_FAILED && is_refused(map(40 * MIB, PROT_READ, MAP_SHARED)));
    CHECK(is_refused(mremap(half, 32 * MIB, 72 * MIB, MREMAP_MAYMOVE)));
    more = mremap(half, 32 * MIB, 40 * MIB, MREMAP_MAYMOVE);
    CHECK(more != MAP_FAILED);
    /* What is replaced does not count twice. */
    CHECK(mmap(more, 40 * MIB, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == more);
    CHECK((uintptr_t)syscall(SYS_brk, syscall(SYS_brk, 0) + 40 * MIB) == (uintptr_t)syscall(SYS_brk, 0));
    CHECK(!malloc(40 * MIB) && errno == ENOMEM);
    CHECK(!munmap(more, 40 * MIB));
    half = map(40 * MIB, RW, MAP_PRIVATE);
    CHECK(half != MAP_FAILED && !munmap(half, 40 * MIB));
    limit(RLIMIT_AS, RLIM_INFINITY);
    half = map(80 * MIB, PROT_NONE, MAP_PRIVATE);
    CHECK(half != MAP_FAILED && !munmap(half, 80 * MIB));
}

static void of_data(void)
{
    uintptr_t end = syscall(SYS_brk, 0);
    char *read_only, *shared;

    limit(RLIMIT_DATA, 32 * MIB);
    CHECK(is_refused(map(33 * MIB, RW, MAP_PRIVATE)));
    read_only = map(40 * MIB, PROT_READ, MAP_PRIVATE);
    shared = map(40 * MIB, RW, MAP_SHARED);
    CHECK(read_only != MAP_FAILED && shared != MAP_FAILED);
    CHECK(mprotect(read_only, 40 * MIB, RW) == -1 && errno == ENOMEM);
    CHECK(!mprotect(read_only, 8 * MIB, RW));
    CHECK((uintptr_t)syscall(SYS_brk, end + 33 * MIB) == end);
    CHECK((uintptr_t)syscall(SYS_brk, end + MIB) == end + MIB && (uintptr_t)syscall(SYS_brk, end) == end);
    CHECK(!munmap(read_only, 40 * MIB) && !munmap(shared, 40 * MIB));
    limit(RLIMIT_DATA, RLIM_INFINITY);
}

int main(void)
{
    of_all();
    of_data();
    return failures;
}
