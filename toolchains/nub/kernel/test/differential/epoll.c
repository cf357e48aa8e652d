/* epoll: its triggers, what is reported once, and epolls that watch each other. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int control(int epoll, int operation, int fd, unsigned events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(epoll, operation, fd, &event);
}

static void ready(int epoll)
{
    struct epoll_event events[2] = {0};
    int count = epoll_wait(epoll, events, 2, 0);
    record("ready", "%d: %d %#x, %d %#x", count, events[0].data.fd, events[0].events,
           events[1].data.fd, events[1].events);
}

static void level(void)
{
    int epoll = epoll_create1(0), fd = eventfd(1, 0);
    CALL(control(epoll, EPOLL_CTL_ADD, fd, EPOLLIN));
    ready(epoll);
    ready(epoll);
    CALL(control(epoll, EPOLL_CTL_MOD, fd, EPOLLOUT));
    ready(epoll);
    CALL(control(epoll, EPOLL_CTL_MOD, fd, 0));
    ready(epoll);
}

static void edge(void)
{
    char bytes[10];
    int epoll = epoll_create1(0), ends[2];
    CALL(pipe2(ends, O_NONBLOCK));
    CALL(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLET));
    ready(epoll);
    CALL(write(ends[1], "ab", 2));
    ready(epoll);
    ready(epoll);
    CALL(read(ends[0], bytes, 1));
    ready(epoll);
    CALL(write(ends[1], "c", 1));
    ready(epoll);
    ready(epoll);
    CALL(control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET));
    ready(epoll);
    CALL(close(ends[1]));
    ready(epoll);
    ready(epoll);
}

static void edge_of_a_counter(void)
{
    uint64_t count;
    int epoll = epoll_create1(0), fd = eventfd(0, EFD_NONBLOCK);
    CALL(control(epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET));
    CALL(eventfd_write(fd, 1));
    CALL(eventfd_write(fd, 1));
    ready(epoll);
    ready(epoll);
    CALL(eventfd_write(fd, 1));
    ready(epoll);
    CALL(eventfd_read(fd, &count));
    ready(epoll);
}

static void edge_of_writing(void)
{
    static char much[65536];
    int epoll = epoll_create1(0), ends[2];
    CALL(pipe2(ends, O_NONBLOCK));
    CALL(control(epoll, EPOLL_CTL_ADD, ends[1], EPOLLOUT | EPOLLET));
    ready(epoll);
    ready(epoll);
    CALL(write(ends[1], much, sizeof much));
    ready(epoll);
    CALL(read(ends[0], much, sizeof much));
    ready(epoll);
    ready(epoll);
}

static void once(void)
{
    int epoll = epoll_create1(0), ends[2];
    CALL(pipe2(ends, O_NONBLOCK));
    CALL(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLONESHOT));
    CALL(write(ends[1], "a", 1));
    ready(epoll);
    ready(epoll);
    CALL(close(ends[1]));
    ready(epoll);
    CALL(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN));
    CALL(control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT));
    ready(epoll);
    ready(epoll);
}

static void ends_are_reported_unasked(void)
{
    int epoll = epoll_create1(0), ends[2], more[2];
    CALL(pipe(ends));
    CALL(pipe(more));
    CALL(control(epoll, EPOLL_CTL_ADD, ends[0], 0));
    CALL(control(epoll, EPOLL_CTL_ADD, more[1], 0));
    ready(epoll);
    CALL(close(ends[1]));
    ready(epoll);
    CALL(close(ends[0]));
    CALL(close(more[0]));
    ready(epoll);
}

static void loops(void)
{
    int a = epoll_create1(0), b = epoll_create1(0), c = epoll_create1(0);
    CALL(control(a, EPOLL_CTL_ADD, a, EPOLLIN));
    CALL(control(a, EPOLL_CTL_ADD, b, EPOLLIN));
    CALL(control(b, EPOLL_CTL_ADD, c, EPOLLIN));
    CALL(control(b, EPOLL_CTL_ADD, a, EPOLLIN));
    CALL(control(c, EPOLL_CTL_ADD, a, EPOLLIN));
    CALL(control(a, EPOLL_CTL_ADD, b, EPOLLIN | EPOLLEXCLUSIVE));
}

static void nested(void)
{
    int inner = epoll_create1(0), outer = epoll_create1(0), fd = eventfd(0, 0);
    struct pollfd polled = {outer, POLLIN, 0};
    CALL(control(inner, EPOLL_CTL_ADD, fd, EPOLLIN));
    CALL(control(outer, EPOLL_CTL_ADD, inner, EPOLLIN));
    ready(outer);
    CALL(poll(&polled, 1, 0));
    CALL(eventfd_write(fd, 1));
    CALL(poll(&polled, 1, 0));
    ready(outer);
    ready(inner);
}

/* Linux allows chains of a few, and no more. */
static void too_deep(void)
{
    int last = epoll_create1(0);
    for (int i = 0; i < 8; i++) {
        int next = epoll_create1(0);
        CALL(control(next, EPOLL_CTL_ADD, last, EPOLLIN));
        last = next;
    }
}

static void errors(void)
{
    struct epoll_event event;
    volatile int negative = -1;
    int epoll = epoll_create1(0), fd = eventfd(0, 0);
    int file = open("a", O_RDWR | O_CREAT, 0600), folder = open(".", O_RDONLY);
    CALL(epoll_create1(1));
    CALL(epoll_create(0));
    CALL(control(epoll, EPOLL_CTL_ADD, 77, EPOLLIN));
    CALL(control(77, EPOLL_CTL_ADD, fd, EPOLLIN));
    CALL(control(fd, EPOLL_CTL_ADD, epoll, EPOLLIN));
    CALL(control(epoll, EPOLL_CTL_ADD, file, EPOLLIN));
    CALL(control(epoll, EPOLL_CTL_ADD, folder, EPOLLIN));
    CALL(control(epoll, EPOLL_CTL_MOD, fd, EPOLLIN));
    CALL(control(epoll, EPOLL_CTL_DEL, fd, EPOLLIN));
    CALL(control(epoll, 77, fd, EPOLLIN));
    CALL(control(epoll, EPOLL_CTL_ADD, fd, EPOLLIN));
    CALL(control(epoll, EPOLL_CTL_ADD, fd, EPOLLIN));
    CALL(epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL));
    CALL(epoll_wait(epoll, &event, 0, 0));
    CALL(epoll_wait(epoll, &event, negative, 0));
    CALL(epoll_wait(fd, &event, 1, 0));
    CALL(epoll_wait(77, &event, 1, 0));
    CALL(read(epoll, &event, 1));
    CALL(write(epoll, &event, 1));
    CALL(lseek(epoll, 0, SEEK_SET));
}

/* With room for one each has its turn. */
static void little_room(void)
{
    struct epoll_event event;
    int epoll = epoll_create1(0), fds[3], order[6];
    for (int i = 0; i < 3; i++) {
        fds[i] = eventfd(1, 0);
        CALL(control(epoll, EPOLL_CTL_ADD, fds[i], EPOLLIN));
    }
    for (int i = 0; i < 6; i++) {
        epoll_wait(epoll, &event, 1, 0);
        order[i] = event.data.fd - fds[0];
    }
    record("order", "%d %d %d %d %d %d", order[0], order[1], order[2], order[3], order[4],
           order[5]);
}

static void *wait_for_one(void *epoll)
{
    struct epoll_event event;
    return (void *)(intptr_t)epoll_wait((int)(intptr_t)epoll, &event, 1, 500);
}

static void added_during_a_wait(void)
{
    int epoll = epoll_create1(0), fd = eventfd(1, 0);
    pthread_t waiter;
    void *count;
    FAILS(pthread_create(&waiter, NULL, wait_for_one, (void *)(intptr_t)epoll));
    usleep(50 * 1000);
    CALL(control(epoll, EPOLL_CTL_ADD, fd, EPOLLIN));
    pthread_join(waiter, &count);
    VALUE((intptr_t)count);
}

/* An edge is for one of those that wait. */
static void edge_wakes_one(void)
{
    int epoll = epoll_create1(0), fd = eventfd(0, 0);
    pthread_t waiters[3];
    void *count;
    int total = 0;
    CALL(control(epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET));
    for (int i = 0; i < 3; i++)
        pthread_create(waiters + i, NULL, wait_for_one, (void *)(intptr_t)epoll);
    usleep(50 * 1000);
    CALL(eventfd_write(fd, 1));
    for (int i = 0; i < 3; i++) {
        pthread_join(waiters[i], &count);
        total += (int)(intptr_t)count;
    }
    VALUE(total);
}

TOPIC(epoll, CASE(level), CASE(edge), CASE(edge_of_a_counter), CASE(edge_of_writing), CASE(once),
      CASE(ends_are_reported_unasked), CASE(loops), CASE(nested), CASE(too_deep), CASE(errors),
      CASE(little_room), CASE(added_during_a_wait), CASE(edge_wakes_one));
