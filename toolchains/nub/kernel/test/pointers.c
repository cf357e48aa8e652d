/*
 * Shows that bad pointers are answered with EFAULT: null, unmapped, into the
 * machine's memory, into pages without the right, and across the end of what
 * is mapped; and that what comes before such an end is still done.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096L
#define RW (PROT_READ | PROT_WRITE)
#define FAILS(call, error) CHECK((long)(call) == -1 && errno == error)

static const char constant[] = "constant";

static void *bad[4];

/* Every call with a pointer, with each bad one in its place. */
static void calls(int file, int pipe_in)
{
    int good = 1;

    for (int i = 0; i < 4; i++) {
        void *p = bad[i];
        struct iovec part = { p, 10 };

#define REFUSED(call) good &= CHECK(syscall call == -1 && errno == EFAULT)
        REFUSED((SYS_pread64, file, p, 10L, 0L, 0L));
        REFUSED((SYS_pwrite64, file, p, 10L, 0L, 0L));
        REFUSED((SYS_read, pipe_in, p, 10L));
        REFUSED((SYS_write, 1, p, 10L));
        REFUSED((SYS_readv, file, p, 1L));
        REFUSED((SYS_preadv, file, &part, 1L, 0L, 0L));
        REFUSED((SYS_writev, file, &part, 1L));
        REFUSED((SYS_open, p, O_RDONLY));
        REFUSED((SYS_access, p, 0L));
        REFUSED((SYS_mkdir, p, 0777L));
        REFUSED((SYS_rename, "/tmp/pointers", p));
        REFUSED((SYS_unlink, p));
        REFUSED((SYS_symlink, p, "/tmp/pointers.link"));
        REFUSED((SYS_statx, AT_FDCWD, p, 0L, 0x7ffL, &part));
        REFUSED((SYS_statx, file, "", AT_EMPTY_PATH, 0x7ffL, p));
        REFUSED((SYS_readlink, "/tmp/link", p, 10L));
        REFUSED((SYS_getcwd, p, 4096L));
        REFUSED((SYS_pipe2, p, 0L));
        REFUSED((SYS_poll, p, 1L, 0L));
        REFUSED((SYS_uname, p));
        REFUSED((SYS_sysinfo, p));
        REFUSED((SYS_getrusage, 0L, p));
        REFUSED((SYS_rt_sigpending, p, 8L));
        REFUSED((SYS_getrandom, p, 16L, 0L));
        REFUSED((SYS_nanosleep, p, NULL));
        REFUSED((SYS_memfd_create, p, 0L));
#ifdef __x86_64__
        REFUSED((SYS_clock_gettime, CLOCK_MONOTONIC, p));
        REFUSED((SYS_newfstatat, file, "", p, AT_EMPTY_PATH));
#else
        REFUSED((SYS_clock_gettime64, CLOCK_MONOTONIC, p));
        REFUSED((SYS_fstatat64, file, "", p, AT_EMPTY_PATH));
#endif
    }
    CHECK(good);
}

/* What may be read but not written. */
static void unwritable(int file)
{
    FAILS(syscall(SYS_pread64, file, constant, 4L, 0L, 0L), EFAULT);
    FAILS(syscall(SYS_uname, constant), EFAULT);
    CHECK(!strcmp(constant, "constant"));
    CHECK(syscall(SYS_pwrite64, file, constant, 8L, 0L, 0L) == 8);
}

static void partly(int file, int in, int out)
{
    char *p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), back[PAGE];
    struct stat state;

    memset(p, 'x', 2 * PAGE);
    CHECK(!munmap(p + PAGE, PAGE));
    CHECK(write(out, p + PAGE - 10, 10) == 10 && read(in, back, 10) == 10);
    CHECK(pwrite(file, p + PAGE - 10, 20, 100) == 10);
    CHECK(!fstat(file, &state) && state.st_size == 110);
    memset(p, 'y', PAGE);
    CHECK(pread(file, p + PAGE - 4, 10, 100) == 4 && p[PAGE - 1] == 'x');
    strcpy(p + PAGE - 5, "/tmp"); /* ends with the page */
    CHECK(!access(p + PAGE - 5, 0));
    p[PAGE - 1] = '/'; /* does not end */
    FAILS(access(p + PAGE - 5, 0), EFAULT);
    p[PAGE - 1] = 0;
    CHECK(!mprotect(p, PAGE, PROT_NONE));
    FAILS(access(p + PAGE - 5, 0), EFAULT);
    FAILS(pwrite(file, p, 1, 0), EFAULT);
    CHECK(!munmap(p, PAGE));
}

/* Behind the end of the file that is mapped there is nothing to copy. */
static void beyond(int file)
{
    char *p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, file, 0), byte = 1;

    CHECK(p != MAP_FAILED && !ftruncate(file, PAGE + 1));
    FAILS(syscall(SYS_uname, p + 2 * PAGE), EFAULT);
    CHECK(pread(file, p + 2 * PAGE - 1, 2, 0) == 1);
    FAILS(pread(file, p + 2 * PAGE, 1, 0), EFAULT);
    CHECK(pread(file, &byte, 1, PAGE) == 1 && !byte && !munmap(p, 4 * PAGE));
}

int main(void)
{
    int file = open("/tmp/pointers", O_RDWR | O_CREAT | O_TRUNC, 0600), fds[2];

    CHECK(!pipe(fds) && write(fds[1], "waiting", 7) == 7 && write(file, constant, 8) == 8);
    symlink("target", "/tmp/link");
    bad[0] = NULL;
    bad[1] = (void *)1;
    bad[2] = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bad[3] = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(bad[3], PAGE);
    calls(file, fds[0]);
    CHECK(read(fds[0], &(char[8]){ 0 }, 7) == 7);
    unwritable(file);
    partly(file, fds[0], fds[1]);
    beyond(file);
    unlink("/tmp/link"), unlink("/tmp/pointers");
    return failures;
}
