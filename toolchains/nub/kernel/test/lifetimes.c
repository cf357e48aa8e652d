/*
 * Eight threads open, watch, wait for, pass on and close descriptors in any order
 * for some seconds, each with no regard for what the others do with the same ones.
 * At the end nobody may be stuck, and no memory be gone.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8
#define SECONDS 4
#define FIRST 20 /* the descriptors that are played with, so many */
#define COUNT 40

static volatile int stop;
static unsigned long steps[THREADS];

static void open_some(unsigned random)
{
    struct itimerspec times = { { 0, 1000000 }, { 0, 1000000 } };
    int fds[2] = { -1, -1 };

    switch (random % 6) {
    case 0: pipe2(fds, O_NONBLOCK); break;
    case 1: socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds); break;
    case 2: socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds); break;
    case 3: fds[0] = eventfd(1, EFD_NONBLOCK); break;
    case 4: fds[0] = epoll_create1(0); break;
    default:
        fds[0] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
        timerfd_settime(fds[0], 0, &times, NULL);
    }
    for (int i = 0; i < 2; i++) {
        if (fds[i] < 0)
            continue;
        dup2(fds[i], FIRST + (random >> (8 + 8 * i)) % COUNT);
        close(fds[i]);
    }
}

static void pass(int through, int fd)
{
    char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    *header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
    memcpy(CMSG_DATA(header), &fd, sizeof(int));
    /* Only to where it cannot lead back to itself: that would keep it for ever. */
    if (fd != through)
        sendmsg(through, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void *play(void *argument)
{
    unsigned long *count = argument;
    unsigned random = 12345 + 977 * (count - steps);
    int files = open("/dev/null", O_RDWR);

    while (!stop) {
        struct epoll_event event = { .events = EPOLLIN | EPOLLOUT }, found[4];
        struct pollfd wanted[3];
        int one, other;
        char data[64] = { 0 };

        random = random * 1664525 + 1013904223;
        one = FIRST + (random >> 10) % COUNT;
        other = FIRST + (random >> 18) % COUNT;
        switch (random >> 28) {
        case 0: case 1: case 2: open_some(random >> 4); break;
        case 3: close(one); break;
        case 4: dup2(one, other); break;
        case 5: case 6:
            event.events |= random & 512 ? EPOLLET : 0;
            epoll_ctl(one, EPOLL_CTL_ADD, other, &event);
            break;
        case 7: epoll_ctl(one, random & 256 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, other, &event); break;
        case 8: epoll_wait(one, found, 4, random >> 8 & 1); break;
        case 9:
            wanted[0] = (struct pollfd){ .fd = one, .events = POLLIN };
            wanted[1] = (struct pollfd){ .fd = other, .events = POLLIN };
            wanted[2] = (struct pollfd){ .fd = one + 1, .events = POLLPRI };
            poll(wanted, 3, random >> 8 & 3);
            break;
        case 10: case 11: if (write(one, data, sizeof(data)) < 0) break; break;
        case 12: case 13: if (read(one, data, sizeof(data)) < 0) break; break;
        case 14: pass(one, files); break;
        default: sched_yield();
        }
        ++*count;
    }
    close(files);
    return NULL;
}

static void run(int seconds)
{
    pthread_t threads[THREADS];

    stop = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, play, &steps[i]);
    usleep(seconds * 1000000);
    stop = 1;
    for (int i = 0; i < THREADS; i++)
        CHECK(!pthread_join(threads[i], NULL));
    for (int fd = FIRST; fd < FIRST + COUNT; fd++)
        close(fd);
}

int main(void)
{
    struct sysinfo before, after;
    struct utsname system;
    long lost;
    int fd;

    signal(SIGPIPE, SIG_IGN);
    for (fd = 3; fd < FIRST; fd++)
        dup2(0, fd);
    run(2); /* what pools keep for the next time */
    sysinfo(&before);
    run(SECONDS);
    sysinfo(&after);
    for (int i = 0; i < THREADS; i++)
        CHECK(steps[i] > 100);
    lost = ((long)before.freeram - (long)after.freeram) / 1024;
    printf("%lu steps of the first thread; %ld KiB less than before\n", steps[0], lost);
    /* On a machine with others that says nothing. */
    uname(&system);
    CHECK(strncmp(system.version, "nub", 3) || lost <= 128);
    return failures;
}
