/* Who keeps a file: descriptors, watches on it, and calls that wait for it. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int watch(int epoll, int fd, unsigned events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* How many are ready, and what each carries. */
static void ready(int epoll)
{
    struct epoll_event events[2] = {0};
    int count = epoll_wait(epoll, events, 2, 0);
    record("ready", "%d: %lld %#x, %lld %#x", count, (long long)events[0].data.u64,
           events[0].events, (long long)events[1].data.u64, events[1].events);
}

static void watched_descriptor_is_closed(void)
{
    int epoll = epoll_create1(0), fd = eventfd(1, 0);
    CALL(watch(epoll, fd, EPOLLIN, 1));
    ready(epoll);
    CALL(close(fd));
    ready(epoll);
    CALL(epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL));
}

static void number_is_used_again(void)
{
    int epoll = epoll_create1(0), fd = eventfd(1, 0), again;
    CALL(watch(epoll, fd, EPOLLIN, 1));
    CALL(close(fd));
    again = CALL(eventfd(0, EFD_NONBLOCK));
    CALL(watch(epoll, again, EPOLLIN, 2));
    ready(epoll);
    CALL(eventfd_write(again, 1));
    ready(epoll);
    CALL(epoll_ctl(epoll, EPOLL_CTL_DEL, again, NULL));
    ready(epoll);
}

/* A watch lasts as long as the file, which a second descriptor keeps. */
static void watch_lasts_with_a_copy(void)
{
    int epoll = epoll_create1(0), fd = eventfd(1, 0), copy = dup(fd);
    CALL(watch(epoll, fd, EPOLLIN, 1));
    CALL(close(fd));
    ready(epoll);
    CALL(epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL));
    CALL(close(copy));
    ready(epoll);
}

static void copies_are_watched_apart(void)
{
    int epoll = epoll_create1(0), fd = eventfd(1, 0), copy = dup(fd);
    CALL(watch(epoll, fd, EPOLLIN, 1));
    CALL(watch(epoll, fd, EPOLLIN, 1));
    CALL(watch(epoll, copy, EPOLLIN, 1));
    ready(epoll);
    CALL(close(copy));
    ready(epoll);
}

static void replaced_by_dup2(void)
{
    int epoll = epoll_create1(0), fd = eventfd(1, 0), other = eventfd(0, 0);
    CALL(watch(epoll, fd, EPOLLIN, 1));
    CALL(dup2(other, fd) == fd);
    ready(epoll);
    CALL(watch(epoll, fd, EPOLLIN, 2));
    CALL(eventfd_write(other, 1));
    ready(epoll);
}

static void *close_later(void *fd)
{
    usleep(50 * 1000);
    close((int)(intptr_t)fd);
    return NULL;
}

static void *add_later(void *fd)
{
    usleep(100 * 1000);
    eventfd_write((int)(intptr_t)fd, 1);
    return NULL;
}

static pthread_t start(void *(*run)(void *), int fd)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, (void *)(intptr_t)fd) != 0)
        record("start", "failed");
    return thread;
}

static void epoll_is_closed_during_a_wait(void)
{
    int epoll = epoll_create1(0), fd = eventfd(0, 0);
    struct epoll_event event;
    CALL(watch(epoll, fd, EPOLLIN, 1));
    pthread_t closer = start(close_later, epoll), adder = start(add_later, fd);
    CALL(epoll_wait(epoll, &event, 1, 1000));
    pthread_join(closer, NULL);
    pthread_join(adder, NULL);
    CALL(epoll_wait(epoll, &event, 1, 0));
}

static void watched_is_closed_during_a_wait(void)
{
    int epoll = epoll_create1(0), fd = eventfd(0, 0);
    struct epoll_event event;
    CALL(watch(epoll, fd, EPOLLIN, 1));
    pthread_t closer = start(close_later, fd);
    CALL(epoll_wait(epoll, &event, 1, 200));
    pthread_join(closer, NULL);
}

/* The call goes on with the file that it began with. */
static void read_goes_on_after_close(void)
{
    uint64_t count = 0;
    int fd = eventfd(0, 0), copy = dup(fd);
    pthread_t closer = start(close_later, fd), adder = start(add_later, copy);
    CALL(read(fd, &count, 8));
    VALUE(count);
    pthread_join(closer, NULL);
    pthread_join(adder, NULL);
    CALL(read(fd, &count, 8));
}

static void poll_goes_on_after_close(void)
{
    int fd = eventfd(0, 0), copy = dup(fd);
    struct pollfd polled = {fd, POLLIN, 0};
    pthread_t closer = start(close_later, fd), adder = start(add_later, copy);
    CALL(poll(&polled, 1, 1000));
    VALUE(polled.revents);
    pthread_join(closer, NULL);
    pthread_join(adder, NULL);
    CALL(poll(&polled, 1, 0));
    VALUE(polled.revents);
}

static void *read_one(void *fd)
{
    char byte;
    return (void *)(intptr_t)read((int)(intptr_t)fd, &byte, 1);
}

/* The reader has the pipe's end until its call is over. */
static void pipe_end_lives_in_a_read(void)
{
    int ends[2];
    void *got;
    CALL(pipe(ends));
    pthread_t reader = start(read_one, ends[0]);
    usleep(50 * 1000);
    CALL(close(ends[0]));
    CALL(write(ends[1], "x", 1));
    pthread_join(reader, &got);
    VALUE((intptr_t)got);
}

static void removed_file_lives_on(void)
{
    char byte = 0;
    struct stat status = {0};
    int fd = open("a", O_RDWR | O_CREAT, 0600);
    CALL(write(fd, "abc", 3));
    CALL(unlink("a"));
    CALL(pread(fd, &byte, 1, 2));
    VALUE(byte);
    CALL(fstat(fd, &status));
    VALUE(status.st_nlink);
    CALL(write(fd, "d", 1));
    CALL(lseek(fd, 0, SEEK_END));
    CALL(access("a", F_OK));
}

static void mapping_keeps_a_removed_file(void)
{
    int fd = open("a", O_RDWR | O_CREAT, 0600);
    CALL(write(fd, "abc", 3));
    char *map = ADDRESS(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
    CALL(close(fd));
    CALL(unlink("a"));
    int other = open("b", O_RDWR | O_CREAT, 0600);
    CALL(write(other, "xyz", 3));
    if (map != MAP_FAILED)
        VALUE(map[1]);
}

/* What is open is replaced: the descriptor stays with the old file. */
static void replaced_by_rename(void)
{
    char byte = 0;
    int fd = open("a", O_RDWR | O_CREAT, 0600), other = open("b", O_RDWR | O_CREAT, 0600);
    CALL(write(fd, "a", 1));
    CALL(write(other, "b", 1));
    CALL(rename("b", "a"));
    CALL(pread(fd, &byte, 1, 0));
    VALUE(byte);
    CALL(pread(other, &byte, 1, 0));
    VALUE(byte);
    CALL(access("b", F_OK));
}

TOPIC(lifetimes, CASE(watched_descriptor_is_closed), CASE(number_is_used_again),
      CASE(watch_lasts_with_a_copy), CASE(copies_are_watched_apart), CASE(replaced_by_dup2),
      CASE(epoll_is_closed_during_a_wait), CASE(watched_is_closed_during_a_wait),
      CASE(read_goes_on_after_close), CASE(poll_goes_on_after_close),
      CASE(pipe_end_lives_in_a_read), CASE(removed_file_lives_on),
      CASE(mapping_keeps_a_removed_file), CASE(replaced_by_rename));
