/*
 * Shows pipes, event counters, signals as files, and waiting for them by
 * poll, epoll and select, with time limits and from several threads.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

static int ends[2], event;

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* 300,000 bytes, far more than a pipe holds, in odd portions. */
static void *send_much(void *argument)
{
    static unsigned char data[1500];
    unsigned sent = 0;

    while (sent < 300000) {
        for (unsigned i = 0; i < sizeof(data); i++)
            data[i] = (sent + i) % 251;
        if (write(ends[1], data, sizeof(data)) != sizeof(data))
            return argument;
        sent += sizeof(data);
    }
    close(ends[1]);
    return NULL;
}

static void check_pipe(void)
{
    unsigned char data[777];
    unsigned received = 0;
    pthread_t thread;
    void *failed = NULL;
    int good = 1;
    long length;

    CHECK(!pipe(ends));
    pthread_create(&thread, NULL, send_much, ends);
    while ((length = read(ends[0], data, sizeof(data))) > 0) {
        for (long i = 0; i < length; i++)
            good &= data[i] == (received + i) % 251;
        received += length;
    }
    CHECK(good && !length && received == 300000);
    CHECK(!pthread_join(thread, &failed) && !failed);
    close(ends[0]);

    CHECK(!pipe2(ends, O_NONBLOCK | O_CLOEXEC));
    CHECK(read(ends[0], data, 1) == -1 && errno == EAGAIN);
    while (write(ends[1], data, sizeof(data)) > 0)
        ;
    CHECK(errno == EAGAIN);
    CHECK(close(ends[0]) == 0 && signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    CHECK(write(ends[1], data, 1) == -1 && errno == EPIPE);
    close(ends[1]);
}

static void *notify_late(void *argument)
{
    uint64_t one = 1;

    (void)argument;
    usleep(100000);
    return (void *)(long)(write(event, &one, sizeof(one)) == sizeof(one));
}

static void check_poll(void)
{
    struct pollfd wanted[3];
    uint64_t value;
    pthread_t thread;
    void *good;
    double start;

    CHECK(!pipe(ends) && (event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) >= 0);
    wanted[0] = (struct pollfd){ .fd = ends[0], .events = POLLIN };
    wanted[1] = (struct pollfd){ .fd = event, .events = POLLIN };
    wanted[2] = (struct pollfd){ .fd = -1, .events = POLLIN };
    start = now();
    CHECK(poll(wanted, 3, 120) == 0 && now() - start >= 0.119 && now() - start < 2);
    CHECK(poll(wanted, 3, 0) == 0);
    pthread_create(&thread, NULL, notify_late, NULL);
    start = now();
    CHECK(poll(wanted, 3, -1) == 1 && wanted[1].revents == POLLIN && !wanted[0].revents);
    CHECK(now() - start >= 0.09);
    CHECK(!pthread_join(thread, &good) && good);
    CHECK(read(event, &value, 8) == 8 && value == 1);
    CHECK(read(event, &value, 8) == -1 && errno == EAGAIN);
    value = 5;
    CHECK(write(event, &value, 8) == 8 && write(event, &value, 8) == 8);
    CHECK(read(event, &value, 8) == 8 && value == 10);
    CHECK(write(ends[1], "x", 1) == 1 && poll(wanted, 2, -1) == 1 && wanted[0].revents == POLLIN);
    close(ends[1]);
    CHECK(poll(wanted, 1, -1) == 1 && wanted[0].revents == (POLLIN | POLLHUP));
    close(ends[0]);
    CHECK(poll(wanted, 1, -1) == 1 && wanted[0].revents == POLLNVAL);
}

static void check_select(void)
{
    struct timeval moment = { 0, 50000 };
    fd_set in, out;

    CHECK(!pipe(ends));
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(ends[0], &in);
    CHECK(select(ends[1] + 1, &in, NULL, NULL, &moment) == 0 && !FD_ISSET(ends[0], &in));
    FD_SET(ends[0], &in);
    FD_SET(ends[1], &out);
    CHECK(write(ends[1], "x", 1) == 1 && select(ends[1] + 1, &in, &out, NULL, NULL) == 2);
    CHECK(FD_ISSET(ends[0], &in) && FD_ISSET(ends[1], &out) && !FD_ISSET(ends[1], &in));
    close(ends[0]);
    close(ends[1]);
}

static void check_epoll(void)
{
    struct epoll_event watched = { .events = EPOLLIN, .data.u64 = 0x123456789abc }, found[4];
    int list = epoll_create1(EPOLL_CLOEXEC);
    uint64_t value = 1;

    CHECK(list >= 0 && !epoll_ctl(list, EPOLL_CTL_ADD, event, &watched));
    CHECK(epoll_ctl(list, EPOLL_CTL_ADD, event, &watched) == -1 && errno == EEXIST);
    CHECK(epoll_wait(list, found, 4, 20) == 0);
    CHECK(write(event, &value, 8) == 8 && epoll_wait(list, found, 4, -1) == 1);
    CHECK(found[0].events == EPOLLIN && found[0].data.u64 == 0x123456789abc);
    CHECK(!epoll_ctl(list, EPOLL_CTL_DEL, event, NULL) && epoll_wait(list, found, 4, 0) == 0);
    close(list);
}

int main(void)
{
    struct signalfd_siginfo record;
    struct pollfd wanted;
    sigset_t set;

    check_pipe();
    check_poll();
    check_epoll();
    check_select();

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    wanted = (struct pollfd){ .fd = signalfd(-1, &set, SFD_NONBLOCK), .events = POLLIN };
    CHECK(wanted.fd >= 0 && poll(&wanted, 1, 0) == 0);
    CHECK(!kill(getpid(), SIGTERM) && poll(&wanted, 1, 1000) == 1);
    CHECK(read(wanted.fd, &record, sizeof(record)) == sizeof(record) && record.ssi_signo == SIGTERM);
    CHECK(read(wanted.fd, &record, sizeof(record)) == -1 && errno == EAGAIN);
    return failures;
}
