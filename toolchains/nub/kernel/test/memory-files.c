/*
 * Shows files in memory that programs share memory by: memfd_create with its
 * seals, and shm_open; and how often a page may be mapped.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)
#define FAILS(call, error) CHECK((long)(call) == -1 && errno == error)

static void unnamed(void)
{
    int fd = memfd_create("ring", MFD_CLOEXEC);
    struct stat state;
    char *p, *q, long_name[300];

    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(!fstat(fd, &state) && S_ISREG(state.st_mode) && !state.st_size && !state.st_nlink);
    CHECK(!ftruncate(fd, PAGE));
    /* The same page twice in a row: a ring that needs no wrapping. */
    p = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mmap(p, PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0) == p);
    q = mmap(p + PAGE, PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0);
    CHECK(q == p + PAGE);
    strcpy(p + PAGE - 4, "across");
    __asm__ volatile("" ::: "memory"); /* the compiler cannot know that these are the same */
    CHECK(!memcmp(p, "ss", 3) && !memcmp(q + PAGE - 4, "acro", 4));
    CHECK(!close(fd) && !munmap(p, PAGE) && !memcmp(q, "ss", 3) && !munmap(q, PAGE));
    FAILS(memfd_create("x", 0x100), EINVAL);
    memset(long_name, 'n', sizeof(long_name));
    long_name[250] = 0;
    FAILS(memfd_create(long_name, 0), EINVAL);
    long_name[249] = 0;
    fd = memfd_create(long_name, 0);
    CHECK(fd >= 0 && fcntl(fd, F_GET_SEALS) == F_SEAL_SEAL);
    FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    close(fd);
}

static void sealed(void)
{
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING), fds[2];
    char *p, byte;

    CHECK(!fcntl(fd, F_GET_SEALS) && !ftruncate(fd, 2 * PAGE));
    CHECK(!fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
    FAILS(ftruncate(fd, PAGE), EPERM);
    FAILS(ftruncate(fd, 3 * PAGE), EPERM);
    FAILS(pwrite(fd, "x", 1, 2 * PAGE), EPERM);
    CHECK(pwrite(fd, "x", 1, PAGE) == 1 && fcntl(fd, F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW));
    p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, PAGE);
    CHECK(p != MAP_FAILED && *p == 'x');
    FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
    CHECK(!munmap(p, PAGE) && !fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    FAILS(pwrite(fd, "y", 1, 0), EPERM);
    FAILS(mmap(NULL, PAGE, RW, MAP_SHARED, fd, PAGE), EPERM);
    p = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, PAGE);
    CHECK(p != MAP_FAILED && (*p)++ == 'x' && pread(fd, &byte, 1, PAGE) == 1 && byte == 'x');
    CHECK(!munmap(p, PAGE) && !fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), EPERM);
    CHECK(!pipe(fds) && fcntl(fds[0], F_GET_SEALS) == -1 && errno == EINVAL);
    close(fd), close(fds[0]), close(fds[1]);
}

static void named(void)
{
    int fd = shm_open("/board", O_CREAT | O_EXCL | O_RDWR, 0600), again;
    char *p, *q;

    CHECK(fd >= 0 && !ftruncate(fd, 3 * PAGE));
    FAILS(shm_open("/board", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    again = shm_open("/board", O_RDONLY, 0);
    p = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0);
    q = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, again, 0);
    CHECK(again >= 0 && p != MAP_FAILED && q != MAP_FAILED && p != q);
    strcpy(p + 2 * PAGE, "posted");
    CHECK(!strcmp(q + 2 * PAGE, "posted"));
    CHECK(!shm_unlink("/board") && shm_unlink("/board") == -1 && errno == ENOENT);
    CHECK(!close(fd) && !close(again) && !strcmp(q + 2 * PAGE, "posted"));
    CHECK(!munmap(p, 3 * PAGE) && !munmap(q, 3 * PAGE));
}

static void holes(void)
{
    int fd = memfd_create("holes", 0);
    char *p, byte = 1;

    CHECK(!ftruncate(fd, 4 * PAGE));
    p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
    memset(p, 'h', 4 * PAGE);
    CHECK(!madvise(p + PAGE, 2 * PAGE, MADV_REMOVE));
    CHECK(!p[PAGE] && !p[3 * PAGE - 1] && p[PAGE - 1] == 'h' && p[3 * PAGE] == 'h');
    CHECK(pread(fd, &byte, 1, 2 * PAGE) == 1 && !byte);
    CHECK(!munmap(p, 4 * PAGE) && !close(fd));
}

/* One page, a thousand times, let go in a mixed order. */
static void many(void)
{
    enum { COUNT = 1000 };
    static char *maps[COUNT];
    int fd = memfd_create("many", 0), good = 1;

    ftruncate(fd, PAGE);
    for (int i = 0; i < COUNT; i++) {
        maps[i] = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
        good &= maps[i] != MAP_FAILED && *(int *)maps[i] == i;
        *(int *)maps[i] = i + 1;
    }
    close(fd);
    for (int i = 0; i < COUNT; i++) {
        char *p = maps[i * 377 % COUNT];

        good &= *(int *)p == COUNT;
        munmap(p, PAGE);
    }
    CHECK(good);
}

int main(void)
{
    unnamed();
    sealed();
    named();
    holes();
    many();
    return failures;
}
