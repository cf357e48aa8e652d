/* Bad pointers: each call says EFAULT, and the program goes on. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Calls past the library, which may look at the pointer itself. */
#define DIRECT(...) ({ \
    errno = 0; \
    record_answer(#__VA_ARGS__, syscall(__VA_ARGS__)); \
})

static void *const bad = (void *)16;
static void *const far_away = (void *)(intptr_t)0xbffff0000000ffff; /* Not canonical, or cut. */

static void null(void)
{
    int fd = open("a", O_RDWR | O_CREAT, 0600), ends[2];
    CALL(pipe(ends));
    DIRECT(SYS_write, fd, NULL, 5);
    DIRECT(SYS_read, fd, NULL, 5);
    CALL(write(fd, "abc", 3));
    CALL(lseek(fd, 0, SEEK_SET));
    DIRECT(SYS_read, fd, NULL, 5);
    DIRECT(SYS_write, ends[1], NULL, 1);
    CALL(write(ends[1], "abc", 3));
    DIRECT(SYS_read, ends[0], NULL, 3);
    DIRECT(SYS_write, fd, NULL, 0);
}

static void names(void)
{
    DIRECT(SYS_open, NULL, O_RDONLY);
    DIRECT(SYS_open, bad, O_RDONLY);
    DIRECT(SYS_open, far_away, O_RDONLY);
    DIRECT(SYS_access, bad, F_OK);
    DIRECT(SYS_mkdir, bad, 0700);
    DIRECT(SYS_rename, "a", bad);
    DIRECT(SYS_unlink, bad);
    DIRECT(SYS_chdir, bad);
    DIRECT(SYS_readlink, bad, bad, 10);
    DIRECT(SYS_getcwd, bad, 100);
}

static void results(void)
{
    DIRECT(SYS_pipe2, bad, 0);
    VALUE(fcntl(3, F_GETFD));
    DIRECT(SYS_uname, bad);
    DIRECT(SYS_getrandom, bad, 10, 0);
    DIRECT(SYS_times, bad);
    DIRECT(SYS_getrusage, 0, bad);
    DIRECT(SYS_sysinfo, bad);
}

static void waiting(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0), ends[2];
    CALL(pipe(ends));
    DIRECT(SYS_poll, bad, 1, 0);
    DIRECT(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, ends[0], bad);
    CALL(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
    CALL(write(ends[1], "x", 1));
    DIRECT(SYS_epoll_wait, epoll, bad, 1, 0);
    DIRECT(SYS_rt_sigprocmask, SIG_BLOCK, bad, NULL, 8);
    DIRECT(SYS_rt_sigaction, SIGUSR1, bad, NULL, 8);
    DIRECT(SYS_rt_sigpending, bad, 8);
    DIRECT(SYS_futex, bad, 0 /* WAIT */, 0, NULL);
    DIRECT(SYS_futex, bad, 1 /* WAKE */, 1, NULL);
}

static void vectors(void)
{
    char good[4] = "abc";
    int fd = open("a", O_RDWR | O_CREAT, 0600);
    struct iovec parts[2] = {{good, 3}, {bad, 5}};
    DIRECT(SYS_writev, fd, bad, 2);
    DIRECT(SYS_writev, fd, parts, 2);
    CALL(lseek(fd, 0, SEEK_CUR));
    DIRECT(SYS_writev, fd, parts + 1, 1);
    DIRECT(SYS_readv, fd, parts + 1, 1);
    DIRECT(SYS_writev, fd, parts, -1);
    DIRECT(SYS_writev, fd, parts, 2000);
}

/* The first page is there, the second is not. */
static void half(void)
{
    int fd = open("a", O_RDWR | O_CREAT, 0600), ends[2];
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CALL(munmap(page + 4096, 4096));
    CALL(write(fd, page + 4000, 200));
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(ftruncate(fd, 1000));
    CALL(pread(fd, page + 4000, 200, 0));
    CALL(pipe(ends));
    CALL(write(ends[1], page, 4096));
    CALL(read(ends[0], page + 4000, 200));
    page[4095] = 'x';
    DIRECT(SYS_access, page + 4095, F_OK);
    DIRECT(SYS_access, page + 4090, F_OK);
}

static void protected(void)
{
    int fd = open("a", O_RDWR | O_CREAT, 0600), zero = open("/dev/zero", O_RDONLY);
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CALL(write(fd, page, 10));
    CALL(pread(fd, page, 10, 0));
    CALL(read(zero, page, 10));
    CALL(write(fd, none, 10));
    CALL(pread(fd, none, 10, 0));
    CALL(pread(fd, (void *)(uintptr_t)"constant", 3, 0));
}

static void write_only(void)
{
    int fd = open("a", O_RDWR | O_CREAT, 0600);
    volatile char *page = mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[1] = 'b';
    VALUE(page[1]);
    VALUE(page[2]);
    CALL(write(fd, (char *)page, 3));
    char *map = ADDRESS(mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE, fd, 0));
    VALUE(map[1]);
}

static void clocks(void)
{
    struct timespec odd = {0, 1000000000}, before = {-1, 0};
    FAILS(clock_nanosleep(CLOCK_MONOTONIC, 0, &odd, NULL));
    FAILS(clock_nanosleep(CLOCK_MONOTONIC, 0, &before, NULL));
    FAILS(clock_nanosleep(77, 0, &odd, NULL));
    CALL(nanosleep(&odd, NULL));
    CALL(clock_gettime(77, &odd));
}

TOPIC(pointers, CASE(null), CASE(names), CASE(results), CASE(waiting), CASE(vectors), CASE(half),
      CASE(protected), CASE(write_only), CASE(clocks));
