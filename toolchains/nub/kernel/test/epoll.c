/*
 * Shows what epoll promises: watches end with their files, edges are told once,
 * one-shot watches tell nothing more, lists in lists have an end, and all that is
 * ready gets its turn.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int add(int list, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = { .events = events, .data.u64 = data };

    return epoll_ctl(list, EPOLL_CTL_ADD, fd, &event);
}

static int change(int list, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = { .events = events, .data.u64 = data };

    return epoll_ctl(list, EPOLL_CTL_MOD, fd, &event);
}

/* What a list of one has to tell now; -1 for nothing. */
static long told(int list)
{
    struct epoll_event event;

    return epoll_wait(list, &event, 1, 0) == 1 ? (long)event.events : -1;
}

static void post(int event)
{
    uint64_t one = 1;

    if (write(event, &one, sizeof(one)) != sizeof(one))
        failures++;
}

static void take(int event)
{
    uint64_t value;

    if (read(event, &value, sizeof(value)) != sizeof(value))
        failures++;
}

static void check_closed(void)
{
    int list = epoll_create1(0), ends[2], other[2], copy;
    struct epoll_event found[4];

    /* The watch ends with the file, and its number may be used again. */
    CHECK(!pipe(ends) && !add(list, ends[0], EPOLLIN, 1));
    CHECK(write(ends[1], "x", 1) == 1 && told(list) == EPOLLIN);
    close(ends[0]);
    CHECK(told(list) == -1);
    CHECK(!pipe(other) && other[0] == ends[0]);
    CHECK(change(list, other[0], EPOLLIN, 2) == -1 && errno == ENOENT);
    CHECK(!add(list, other[0], EPOLLIN, 2) && told(list) == -1);
    CHECK(add(list, other[0], EPOLLIN, 2) == -1 && errno == EEXIST);
    CHECK(write(other[1], "x", 1) == 1 && epoll_wait(list, found, 4, 0) == 1 && found[0].data.u64 == 2);

    /* With another descriptor for it, the file and so the watch go on. */
    copy = dup(other[0]);
    close(other[0]);
    CHECK(epoll_wait(list, found, 4, 0) == 1 && found[0].data.u64 == 2);
    CHECK(epoll_ctl(list, EPOLL_CTL_DEL, other[0], NULL) == -1 && errno == EBADF);
    CHECK(epoll_ctl(list, EPOLL_CTL_DEL, copy, NULL) == -1 && errno == ENOENT);
    CHECK(dup2(copy, other[0]) == other[0] && !epoll_ctl(list, EPOLL_CTL_DEL, other[0], NULL));
    CHECK(told(list) == -1);
    close(copy);
    close(other[0]);
    close(other[1]);
    close(ends[1]);
    close(list);
}

static int list, event;

static void *close_late(void *argument)
{
    usleep(50000);
    close(list);
    list = eventfd(0, 0); /* most likely the same number */
    post(event);
    return argument;
}

static void check_closed_while_waiting(void)
{
    struct epoll_event found;
    pthread_t thread;
    int was;

    was = list = epoll_create1(0);
    event = eventfd(0, 0);
    CHECK(!add(list, event, EPOLLIN, 7) && !pthread_create(&thread, NULL, close_late, NULL));
    /* The list is kept until the wait is over, and may still tell of the event. */
    CHECK(epoll_wait(list, &found, 1, 5000) == 1 && found.data.u64 == 7);
    CHECK(!pthread_join(thread, NULL) && list == was);
    close(list);
    close(event);
}

static void *read_late(void *argument)
{
    char c = 0;

    return (void *)(long)(read(*(int *)argument, &c, 1) == 1 && c == 'x');
}

/* Who reads a file keeps it, whatever becomes of the descriptor. */
static void check_held(void)
{
    pthread_t thread;
    void *good;
    int ends[2], other[2];

    CHECK(!pipe(ends) && !pthread_create(&thread, NULL, read_late, &ends[0]));
    usleep(30000);
    close(ends[0]);
    CHECK(!pipe(other));
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK(!pthread_join(thread, &good) && good);
    close(ends[1]);
    close(other[0]);
    close(other[1]);
}

static void *poll_late(void *argument)
{
    struct pollfd wanted = { .fd = *(int *)argument, .events = POLLIN };

    return (void *)(long)(poll(&wanted, 1, 5000) == 1 && wanted.revents == POLLNVAL);
}

/* Poll keeps it as well, but tells of what the descriptor is when it looks. */
static void check_polled(void)
{
    pthread_t thread;
    void *good;
    int ends[2];

    CHECK(!pipe(ends) && !pthread_create(&thread, NULL, poll_late, &ends[0]));
    usleep(30000);
    close(ends[0]);
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK(!pthread_join(thread, &good) && good);
    close(ends[1]);
}

static void check_edges(void)
{
    int list = epoll_create1(0), event = eventfd(0, EFD_NONBLOCK), ends[2];
    char data[4096] = { 0 };

    CHECK(!add(list, event, EPOLLIN | EPOLLET, 1) && told(list) == -1);
    post(event);
    CHECK(told(list) == EPOLLIN && told(list) == -1);
    post(event);
    CHECK(told(list) == EPOLLIN && told(list) == -1);
    take(event);
    CHECK(told(list) == -1);
    CHECK(!change(list, event, EPOLLIN | EPOLLOUT | EPOLLET, 1) && told(list) == EPOLLOUT && told(list) == -1);
    post(event);
    CHECK(told(list) == (EPOLLIN | EPOLLOUT) && told(list) == -1);
    CHECK(!epoll_ctl(list, EPOLL_CTL_DEL, event, NULL));

    /* Room in a pipe is an edge when there was none. */
    CHECK(!pipe2(ends, O_NONBLOCK) && !add(list, ends[1], EPOLLOUT | EPOLLET, 2));
    CHECK(told(list) == EPOLLOUT && told(list) == -1);
    while (write(ends[1], data, sizeof(data)) > 0)
        ;
    CHECK(told(list) == -1);
    CHECK(read(ends[0], data, sizeof(data)) == sizeof(data));
    CHECK(told(list) == EPOLLOUT && told(list) == -1);
    close(ends[0]);
    CHECK(told(list) == (EPOLLOUT | EPOLLERR) && told(list) == -1);
    close(ends[1]);
    close(event);
    close(list);
}

static void check_one_shot(void)
{
    int list = epoll_create1(0), ends[2];

    CHECK(!pipe(ends) && !add(list, ends[0], EPOLLIN | EPOLLONESHOT, 1));
    CHECK(write(ends[1], "x", 1) == 1 && told(list) == EPOLLIN && told(list) == -1);
    close(ends[1]);
    CHECK(told(list) == -1);
    CHECK(!change(list, ends[0], EPOLLIN | EPOLLONESHOT, 1));
    CHECK(told(list) == (EPOLLIN | EPOLLHUP) && told(list) == -1);
    close(ends[0]);
    close(list);
}

static void check_turns(void)
{
    int list = epoll_create1(0), events[5], times[5] = { 0 };
    struct epoll_event found[2];

    for (int i = 0; i < 5; i++) {
        events[i] = eventfd(1, 0);
        CHECK(!add(list, events[i], EPOLLIN, i));
    }
    for (int round = 0; round < 10; round++) {
        if (epoll_wait(list, found, 2, 0) == 2) {
            times[found[0].data.u64]++;
            times[found[1].data.u64]++;
        }
    }
    for (int i = 0; i < 5; i++)
        CHECK(times[i] == 4);
    for (int i = 0; i < 5; i++)
        close(events[i]);
    CHECK(epoll_wait(list, found, 2, 0) == 0);
    close(list);
}

static void check_nesting(void)
{
    int lists[8], event = eventfd(0, 0), file = open("/tmp/epoll-test", O_CREAT | O_RDWR, 0600);

    for (int i = 0; i < 8; i++)
        lists[i] = epoll_create1(0);
    CHECK(add(lists[0], lists[0], EPOLLIN, 0) == -1 && errno == EINVAL);
    CHECK(add(lists[0], file, EPOLLIN, 0) == -1 && errno == EPERM);
    CHECK(add(event, lists[0], EPOLLIN, 0) == -1 && errno == EINVAL);
    CHECK(!add(lists[0], lists[1], EPOLLIN, 0) && !add(lists[1], lists[2], EPOLLIN, 0));
    CHECK(add(lists[1], lists[0], EPOLLIN, 0) == -1 && errno == ELOOP);
    CHECK(add(lists[2], lists[0], EPOLLIN, 0) == -1 && errno == ELOOP);

    /* What happens far below is told above, and waited for. */
    CHECK(!add(lists[2], event, EPOLLIN, 0) && told(lists[0]) == -1);
    post(event);
    CHECK(told(lists[0]) == EPOLLIN && told(lists[1]) == EPOLLIN && told(lists[0]) == EPOLLIN);
    take(event);
    CHECK(told(lists[0]) == -1 && told(lists[2]) == -1);

    /* Three levels are there; five may be. */
    CHECK(!add(lists[3], lists[0], EPOLLIN, 0) && !add(lists[4], lists[3], EPOLLIN, 0));
    CHECK(add(lists[5], lists[4], EPOLLIN, 0) == -1 && errno == ELOOP);
    CHECK(!add(lists[5], lists[6], EPOLLIN, 0));
    CHECK(add(lists[2], lists[5], EPOLLIN, 0) == -1 && errno == ELOOP);
    post(event);
    CHECK(told(lists[4]) == EPOLLIN);
    for (int i = 0; i < 8; i++)
        close(lists[i]);
    close(event);
    close(file);
}

static void check_exclusive(void)
{
    int list = epoll_create1(0), event = eventfd(1, 0), other = epoll_create1(0);

    CHECK(!add(list, event, EPOLLIN | EPOLLEXCLUSIVE, 3) && told(list) == EPOLLIN);
    CHECK(change(list, event, EPOLLIN, 3) == -1 && errno == EINVAL);
    CHECK(add(list, other, EPOLLIN | EPOLLEXCLUSIVE, 3) == -1 && errno == EINVAL);
    CHECK(add(other, event, EPOLLIN | EPOLLONESHOT | EPOLLEXCLUSIVE, 3) == -1 && errno == EINVAL);
    close(list);
    close(event);
    close(other);
}

int main(void)
{
    struct epoll_event found;

    CHECK(epoll_wait(-1, &found, 1, 0) == -1 && errno == EBADF);
    CHECK(epoll_wait(0, &found, 0, 0) == -1 && errno == EINVAL);
    CHECK(epoll_create1(1) == -1 && errno == EINVAL);
    check_closed();
    check_closed_while_waiting();
    check_held();
    check_polled();
    check_edges();
    check_one_shot();
    check_turns();
    check_nesting();
    check_exclusive();
    return failures;
}
