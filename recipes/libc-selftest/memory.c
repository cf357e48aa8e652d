/* Memory: malloc of all sizes and alignments in many threads, and mappings that move and change. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCKS = 200, TURNS = 5000 };

/* Takes and gives back at random; every block keeps a pattern of its own until it goes. */
static void *churn(void *argument)
{
    unsigned char *blocks[BLOCKS] = { 0 };
    size_t sizes[BLOCKS] = { 0 };
    uint32_t state = 2463534242u + (uint32_t)(uintptr_t)argument;
    uintptr_t good = 1;

    for (int turn = 0; turn < TURNS; turn++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        size_t at = state % BLOCKS, size = (state >> 8) % 100 ? (state >> 8) % 700 : 200000;
        if (blocks[at] && state & 0x80000000) {
            size_t kept = size < sizes[at] ? size : sizes[at];
            blocks[at] = realloc(blocks[at], size + 1);
            good &= blocks[at] && (!kept || (blocks[at][0] == at && blocks[at][kept - 1] == at));
        } else {
            if (blocks[at] && sizes[at])
                good &= blocks[at][0] == at && blocks[at][sizes[at] - 1] == at;
            free(blocks[at]);
            blocks[at] = malloc(size + 1);
            good &= blocks[at] && (uintptr_t)blocks[at] % (2 * sizeof(void *)) == 0;
        }
        sizes[at] = size;
        memset(blocks[at], at, size);
    }
    for (int at = 0; at < BLOCKS; at++)
        free(blocks[at]);
    return (void *)good;
}

static void heap(void)
{
    pthread_t threads[4];
    void *result, *block;
    bool good = churn(NULL);

    for (uintptr_t i = 0; i < 4; i++)
        good &= !pthread_create(&threads[i], NULL, churn, (void *)(i * 77 + 1));
    for (int i = 0; i < 4; i++)
        good &= !pthread_join(threads[i], &result) && result;
    CHECK(good);

    for (size_t alignment = sizeof(void *); alignment <= 65536; alignment *= 2) {
        good &= !posix_memalign(&block, alignment, 100) && (uintptr_t)block % alignment == 0;
        free(block);
    }
    CHECK(good);
    CHECK(posix_memalign(&block, 3, 100) == EINVAL);
    unsigned char *zeroes = calloc(1000, 1000), any = 0;
    for (size_t i = 0; zeroes && i < 1000000; i++)
        any |= zeroes[i];
    CHECK(zeroes && !any && malloc_usable_size(zeroes) >= 1000000);
    free(zeroes);
    volatile size_t huge = SIZE_MAX / 2;
    CHECK(!malloc(huge) && errno == ENOMEM);
    CHECK(!calloc(huge, 3) && !reallocarray(NULL, huge, 3));
    free(NULL);
    /* More than there is, unless what was given back is used again. */
    for (int i = 0; i < 12; i++) {
        block = malloc(16 << 20);
        good &= block && memset(block, i, 16 << 20);
        free(block);
    }
    CHECK(good);
}

static void mappings(void)
{
    size_t page = sysconf(_SC_PAGESIZE);
    int both = PROT_READ | PROT_WRITE, own = MAP_PRIVATE | MAP_ANONYMOUS;
    char *at = mmap(NULL, 8 * page, both, own, -1, 0), *moved;

    if (!CHECK(at != MAP_FAILED && (uintptr_t)at % page == 0 && at[7 * page] == 0))
        return;
    at[0] = 'a';
    at[3 * page] = 'b';
    CHECK(!mprotect(at, page, PROT_READ) && at[0] == 'a' && !mprotect(at, page, both));
    CHECK(mmap(at + page, page, both, own | MAP_FIXED, -1, 0) == at + page && at[3 * page] == 'b');
    CHECK(!munmap(at + 4 * page, 4 * page));
    moved = mremap(at, 4 * page, 64 * page, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED && moved[0] == 'a' && moved[3 * page] == 'b' && moved[63 * page] == 0);
    CHECK(mremap(moved, 64 * page, page, 0) == moved && moved[0] == 'a');
    /* Memory that is given up by madvise is empty when it is looked at again. */
    CHECK(!madvise(moved, page, MADV_DONTNEED) && moved[0] == 0);
    CHECK(!munmap(moved, page));
    CHECK(mmap(NULL, 0, both, own, -1, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(munmap((char *)page + 1, page) == -1 && errno == EINVAL);
    /* Only what is used counts: reservations may be larger than the machine. */
    at = mmap(NULL, 1u << 30, PROT_NONE, own | MAP_NORESERVE, -1, 0);
    CHECK(at != MAP_FAILED && !mprotect(at + (500 << 20), page, both));
    at[500 << 20] = 1;
    CHECK(!munmap(at, 1u << 30));
}

static void files(void)
{
    char name[] = "/tmp/memory.XXXXXX";
    int fd = mkstemp(name);
    char *at;

    CHECK(fd >= 0 && write(fd, "contents", 8) == 8);
    at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(at != MAP_FAILED && !memcmp(at, "contents", 8) && at[8] == 0);
    at[0] = 'C';
    char back[8];
    CHECK(pread(fd, back, 8, 0) == 8 && back[0] == 'c' && !munmap(at, 4096));
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 999, 0) == MAP_FAILED && errno == EBADF);
    close(fd);
    unlink(name);
}

int main(void)
{
    heap();
    mappings();
    files();
    return summary();
}
