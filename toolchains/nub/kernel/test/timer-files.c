/*
 * Shows timers that are read as files: once and at intervals, for a duration and
 * until a point in time, counted, waited for, and told of.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000L

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int set(int fd, int flags, long value, long period)
{
    struct itimerspec times = { { period / 1000, period % 1000 * MS }, { value / 1000, value % 1000 * MS } };

    return timerfd_settime(fd, flags, &times, NULL);
}

/* How often it was due; -1 for an error. */
static long count(int fd)
{
    uint64_t value;

    return read(fd, &value, sizeof(value)) == sizeof(value) ? (long)value : -1;
}

static int is_ready(int fd, int wait)
{
    struct pollfd wanted = { .fd = fd, .events = POLLIN };

    return poll(&wanted, 1, wait) == 1;
}

static void check_once(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct itimerspec times;
    double start = now();

    CHECK(fd >= 0 && count(fd) == -1 && errno == EAGAIN && !is_ready(fd, 0));
    CHECK(!timerfd_gettime(fd, &times) && !times.it_value.tv_sec && !times.it_value.tv_nsec);
    CHECK(!set(fd, 0, 60, 0) && !is_ready(fd, 0));
    CHECK(!timerfd_gettime(fd, &times) && !times.it_value.tv_sec && times.it_value.tv_nsec > 0);
    CHECK(times.it_value.tv_nsec <= 60 * MS && !times.it_interval.tv_nsec);
    CHECK(is_ready(fd, 5000) && now() - start >= 0.059 && now() - start < 3);
    CHECK(!timerfd_gettime(fd, &times) && !times.it_value.tv_sec && !times.it_value.tv_nsec);
    CHECK(count(fd) == 1 && count(fd) == -1 && errno == EAGAIN);

    /* Setting it forgets what was due; 0 stops it. */
    CHECK(!set(fd, 0, 1, 0) && is_ready(fd, 5000) && !set(fd, 0, 10000, 0) && !is_ready(fd, 0));
    CHECK(!set(fd, 0, 20, 0) && !set(fd, 0, 0, 0) && !is_ready(fd, 60));
    close(fd);
}

static void check_interval(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec times;
    double start = now();
    long counted;

    CHECK(!set(fd, 0, 20, 20) && count(fd) >= 1);
    usleep(100000);
    counted = count(fd);
    printf("%ld expirations in 100 ms\n", counted);
    CHECK(counted >= 3 && counted <= (now() - start) / 0.02);
    CHECK(count(fd) >= 1 && now() - start >= 0.119);
    CHECK(!timerfd_gettime(fd, &times) && times.it_interval.tv_nsec == 20 * MS && times.it_value.tv_nsec <= 20 * MS);

    /* Very short ones are counted as well. */
    times = (struct itimerspec){ { 0, 1000 }, { 0, 1000 } };
    CHECK(!timerfd_settime(fd, 0, &times, NULL));
    usleep(20000);
    CHECK(count(fd) >= 10000);
    close(fd);
}

static void check_absolute(int clock)
{
    int fd = timerfd_create(clock, 0);
    struct timespec point;
    struct itimerspec times = { 0 };
    double start = now();

    clock_gettime(clock, &point);
    times.it_value = point;
    times.it_value.tv_nsec += 50 * MS;
    if (times.it_value.tv_nsec >= 1000 * MS) {
        times.it_value.tv_sec++;
        times.it_value.tv_nsec -= 1000 * MS;
    }
    CHECK(fd >= 0 && !timerfd_settime(fd, TFD_TIMER_ABSTIME, &times, NULL));
    CHECK(count(fd) == 1 && now() - start >= 0.045 && now() - start < 3);
    times.it_value = point; /* it has passed already */
    CHECK(!timerfd_settime(fd, TFD_TIMER_ABSTIME, &times, NULL) && count(fd) == 1);
    close(fd);
}

static void check_watched(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0), list = epoll_create1(0);
    struct epoll_event watched = { .events = EPOLLIN | EPOLLET, .data.fd = 5 }, found;

    CHECK(!epoll_ctl(list, EPOLL_CTL_ADD, fd, &watched) && !set(fd, 0, 10, 0));
    CHECK(epoll_wait(list, &found, 1, 5000) == 1 && found.data.fd == 5 && epoll_wait(list, &found, 1, 30) == 0);
    CHECK(!set(fd, 0, 10, 0) && epoll_wait(list, &found, 1, 5000) == 1);
    close(fd);
    close(list);
}

int main(void)
{
    struct itimerspec times = { { 0, 0 }, { 0, 2000 * MS } };
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    char little[4];

    CHECK(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0) == -1 && errno == EINVAL);
    CHECK(timerfd_create(CLOCK_MONOTONIC, 1) == -1 && errno == EINVAL);
    CHECK(timerfd_settime(fd, 0, &times, NULL) == -1 && errno == EINVAL);
    CHECK(set(0, 0, 1, 0) == -1 && errno == EINVAL && set(999, 0, 1, 0) == -1 && errno == EBADF);
    CHECK(read(fd, little, sizeof(little)) == -1 && errno == EINVAL);
    close(fd);
    check_once();
    check_interval();
    check_absolute(CLOCK_MONOTONIC);
    check_absolute(CLOCK_REALTIME);
    check_watched();
    return failures;
}
