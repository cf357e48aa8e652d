/* Descriptors themselves: their numbers, copies and flags, and locks that belong to them. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int make(const char *name)
{
    return open(name, O_RDWR | O_CREAT, 0644);
}

static void numbers(void)
{
    CALL(make("a"));
    CALL(make("b"));
    CALL(dup(3));
    CALL(close(3));
    CALL(make("c"));
    CALL(fcntl(3, F_DUPFD, 10));
    CALL(fcntl(3, F_DUPFD_CLOEXEC, 10));
    CALL(fcntl(11, F_GETFD));
    CALL(fcntl(10, F_GETFD));
    CALL(dup2(3, 20));
    CALL(dup2(3, 3));
    CALL(dup2(99, 3));
    CALL(dup2(3, -1));
    CALL(dup2(3, 1 << 24));
    CALL(dup3(3, 3, 0));
    CALL(dup3(3, 21, O_CLOEXEC));
    CALL(fcntl(21, F_GETFD));
    CALL(dup3(3, 22, 77));
    CALL(close(99));
    CALL(close(-1));
    CALL(fcntl(3, F_DUPFD, -1));
    CALL(fcntl(3, 9999));
    CALL(fcntl(99, F_GETFD));
}

static void ranges(void)
{
#ifdef SYS_close_range
    for (int i = 3; i < 10; i++)
        dup2(1, i);
    CALL(syscall(SYS_close_range, 4, 6, 0));
    for (int i = 3; i < 8; i++)
        CALL(fcntl(i, F_GETFD));
    CALL(syscall(SYS_close_range, 7, 8, 4 /* CLOEXEC */));
    CALL(fcntl(7, F_GETFD));
    CALL(syscall(SYS_close_range, 3, ~0u, 0));
    CALL(fcntl(9, F_GETFD));
    CALL(syscall(SYS_close_range, 9, 3, 0));
    CALL(syscall(SYS_close_range, 3, 9, 77));
#endif
}

static void locks_of_files(void)
{
    int a = make("a"), b = make("a"), copy = dup(a);
    CALL(flock(a, LOCK_EX));
    CALL(flock(b, LOCK_SH | LOCK_NB));
    CALL(flock(copy, LOCK_SH));
    CALL(flock(b, LOCK_SH | LOCK_NB));
    CALL(flock(b, LOCK_EX | LOCK_NB));
    CALL(close(a));
    CALL(flock(b, LOCK_EX | LOCK_NB));
    CALL(close(copy));
    CALL(flock(b, LOCK_EX | LOCK_NB));
    CALL(flock(b, LOCK_UN));
    CALL(flock(b, 77));
    CALL(flock(99, LOCK_SH));
}

static struct flock region(int type, long start, long length)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

/* Locks of descriptions keep out each other within one process, too. */
static void locks_of_descriptions(void)
{
    int a = make("a"), b = make("a");
    struct flock first = region(F_WRLCK, 0, 10), second = region(F_WRLCK, 5, 10),
                 later = region(F_RDLCK, 10, 10), ask = region(F_WRLCK, 0, 0),
                 none = region(F_UNLCK, 0, 0);
    CALL(fcntl(a, F_OFD_SETLK, &first));
    CALL(fcntl(b, F_OFD_SETLK, &second));
    CALL(fcntl(b, F_OFD_SETLK, &later));
    CALL(fcntl(b, F_OFD_GETLK, &ask));
    VALUE(ask.l_type);
    VALUE(ask.l_start);
    VALUE(ask.l_len);
    VALUE(ask.l_pid);
    CALL(fcntl(a, F_OFD_SETLK, &none));
    CALL(fcntl(b, F_OFD_SETLK, &second));
    CALL(close(b));
    CALL(fcntl(a, F_OFD_SETLK, &second));
}

/* Those of the process do not keep it out itself. */
static void locks_of_the_process(void)
{
    int a = make("a"), b = make("a"), reader = open("a", O_RDONLY);
    struct flock first = region(F_WRLCK, 0, 10), ask = region(F_WRLCK, 0, 10),
                 odd = region(77, 0, 10), none = region(F_UNLCK, 0, 0);
    CALL(fcntl(a, F_SETLK, &first));
    CALL(fcntl(b, F_SETLK, &first));
    CALL(fcntl(b, F_GETLK, &ask));
    VALUE(ask.l_type);
    CALL(fcntl(reader, F_SETLK, &first));
    CALL(fcntl(a, F_SETLK, &odd));
    CALL(fcntl(b, F_OFD_SETLK, &first));
    CALL(fcntl(a, F_SETLK, &none));
    CALL(fcntl(b, F_OFD_SETLK, &first));
    CALL(fcntl(a, F_SETLK, &first));
    CALL(lockf(a, F_TEST, 10));
}

static void counters(void)
{
    uint64_t value = 0;
    struct pollfd polled;
    int fd = CALL(eventfd(3, EFD_NONBLOCK));
    int semaphore = CALL(eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE));
    CALL(read(fd, &value, 8));
    VALUE(value);
    CALL(read(fd, &value, 8));
    CALL(read(fd, &value, 4));
    CALL(write(fd, &value, 4));
    CALL(read(semaphore, &value, 8));
    VALUE(value);
    CALL(read(semaphore, &value, 8));
    CALL(read(semaphore, &value, 8));
    value = UINT64_MAX;
    CALL(write(fd, &value, 8));
    value = UINT64_MAX - 1;
    CALL(write(fd, &value, 8));
    polled = (struct pollfd){fd, POLLIN | POLLOUT, 0};
    CALL(poll(&polled, 1, 0));
    VALUE(polled.revents);
    value = 1;
    CALL(write(fd, &value, 8));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(pread(fd, &value, 8, 0));
    CALL(eventfd(0, 77));
}

static void polled(void)
{
    struct pollfd both[3] = {{99, POLLIN, 7}, {-1, POLLIN, 7}, {make("a"), POLLIN | POLLOUT, 7}};
    struct timespec none = {0, 0}, odd = {0, -1};
    fd_set set;
    CALL(poll(both, 3, 0));
    VALUE(both[0].revents);
    VALUE(both[1].revents);
    VALUE(both[2].revents);
    CALL(poll(NULL, 0, 0));
    CALL(ppoll(both, 1, &odd, NULL));
    FD_ZERO(&set);
    /* Linux ignores what lies beyond the process's table, which starts at 64 and grows with its parent's. */
    FD_SET(40, &set);
    CALL(select(41, &set, NULL, NULL, &(struct timeval){0, 0}));
    FD_ZERO(&set);
    FD_SET(both[2].fd, &set);
    CALL(pselect(100, &set, NULL, NULL, &none, NULL));
    VALUE(FD_ISSET(both[2].fd, &set) != 0);
    CALL(select(-1, &set, NULL, NULL, &(struct timeval){0, 0}));
    CALL(select(0, NULL, NULL, NULL, &(struct timeval){0, -1}));
}

static void *open_other_end(void *name)
{
    usleep(50 * 1000);
    int fd = open(name, O_WRONLY);
    if (write(fd, "hello", 5) != 5)
        record("write", "failed");
    close(fd);
    return NULL;
}

static void named_pipes(void)
{
    struct stat status = {0};
    char bytes[6] = "";
    pthread_t thread;
    CALL(mkfifo("p", 0644));
    CALL(mkfifo("p", 0644));
    CALL(stat("p", &status));
    VALUE(S_ISFIFO(status.st_mode));
    CALL(open("p", O_WRONLY | O_NONBLOCK));
    int reader = CALL(open("p", O_RDONLY | O_NONBLOCK));
    if (reader < 0)
        return;
    CALL(read(reader, bytes, 5));
    int writer = CALL(open("p", O_WRONLY | O_NONBLOCK));
    CALL(read(reader, bytes, 5));
    CALL(write(writer, "ab", 2));
    CALL(read(reader, bytes, 5));
    CALL(close(reader));
    CALL(close(writer));
    FAILS(pthread_create(&thread, NULL, open_other_end, "p"));
    reader = CALL(open("p", O_RDONLY));
    CALL(read(reader, bytes, 5));
    CALL(read(reader, bytes, 5));
    TEXT(bytes);
    pthread_join(thread, NULL);
}

static void limits(void)
{
    struct rlimit limit = {0}, old = {0};
    CALL(getrlimit(RLIMIT_NOFILE, &old));
    limit = (struct rlimit){10, old.rlim_max};
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    CALL(getrlimit(RLIMIT_NOFILE, &limit));
    VALUE(limit.rlim_cur);
    CALL(dup2(1, 10));
    CALL(dup2(1, 9));
    CALL(fcntl(1, F_DUPFD, 10));
    CALL(fcntl(1, F_DUPFD, 9));
    limit = (struct rlimit){20, 10};
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    CALL(prlimit(0, RLIMIT_NOFILE, &old, &limit));
    VALUE(limit.rlim_cur);
    CALL(getrlimit(77, &limit));
}

TOPIC(descriptors, CASE(numbers), CASE(ranges), CASE(locks_of_files), CASE(locks_of_descriptions),
      CASE(locks_of_the_process), CASE(counters), CASE(polled), CASE(named_pipes), CASE(limits));
