/*
 * Shows what pipes promise: how much they hold, what is written as a whole, and
 * when there is room.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

static char data[2 << 20];

static int is_ready(int fd, int events)
{
    struct pollfd wanted = { .fd = fd, .events = events };

    return poll(&wanted, 1, 0) == 1 ? wanted.revents : 0;
}

static int waiting(int fd)
{
    int bytes = -1;

    ioctl(fd, FIONREAD, &bytes);
    return bytes;
}

static void check_empty(void)
{
    int ends[2];

    CHECK(!pipe(ends));
    CHECK(read(ends[0], data, 0) == 0 && write(ends[1], data, 0) == 0);
    CHECK(!is_ready(ends[0], POLLIN) && is_ready(ends[1], POLLOUT) == POLLOUT);
    close(ends[0]);
    CHECK(write(ends[1], data, 0) == 0);
    close(ends[1]);
    CHECK(pipe2(ends, O_APPEND) == -1 && errno == EINVAL);
}

static void check_room(void)
{
    int ends[2];

    CHECK(!pipe(ends) && write(ends[1], data, 65536) == 65536 && waiting(ends[0]) == 65536);
    CHECK(!is_ready(ends[1], POLLOUT) && is_ready(ends[0], POLLIN) == POLLIN);
    CHECK(read(ends[0], data, 4095) == 4095 && !is_ready(ends[1], POLLOUT));
    CHECK(read(ends[0], data, 1) == 1 && is_ready(ends[1], POLLOUT) == POLLOUT);
    CHECK(read(ends[0], data, sizeof(data)) == 61440);
    close(ends[0]);
    close(ends[1]);

    CHECK(!pipe2(ends, O_NONBLOCK));
    CHECK(write(ends[1], data, 100000) == 65536 && write(ends[1], data, 1) == -1 && errno == EAGAIN);
    CHECK(read(ends[0], data, 5000) == 5000);
    CHECK(write(ends[1], data, 4097) == 4096 && write(ends[1], data, 4096) == -1 && errno == EAGAIN);
    CHECK(waiting(ends[0]) == 65536 - 5000 + 4096);
    close(ends[0]);
    close(ends[1]);

    /* Odd sizes leave a rest of the page, which the next one fits into or not. */
    CHECK(!pipe2(ends, O_NONBLOCK));
    for (int i = 0; i < 16; i++)
        CHECK(write(ends[1], data, 4000) == 4000);
    CHECK(!is_ready(ends[1], POLLOUT) && write(ends[1], data, 97) == -1 && errno == EAGAIN);
    CHECK(write(ends[1], data, 96) == 96 && write(ends[1], data, 1) == -1 && errno == EAGAIN);
    close(ends[0]);
    close(ends[1]);
}

static void check_size(void)
{
    int ends[2];

    CHECK(!pipe2(ends, O_NONBLOCK) && fcntl(ends[0], F_GETPIPE_SZ) == 65536);
    CHECK(write(ends[1], data, 9000) == 9000);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 4096) == -1 && errno == EBUSY);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 10000) == 16384 && fcntl(ends[1], F_GETPIPE_SZ) == 16384);
    CHECK(write(ends[1], data, 9000) == 4904 && read(ends[0], data, sizeof(data)) == 13904);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 0) == 4096 && write(ends[1], data, 5000) == 4096);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) == 1 << 20);
    CHECK(write(ends[1], data, sizeof(data)) == (1 << 20) - 4096);
    CHECK(read(ends[0], data, sizeof(data)) == 1 << 20);
    CHECK(fcntl(0, F_GETPIPE_SZ) == -1 && errno == EBADF);
    close(ends[0]);
    close(ends[1]);
}

static void check_packets(void)
{
    int ends[2];

    CHECK(!pipe2(ends, O_NONBLOCK | O_DIRECT));
    CHECK(write(ends[1], "one", 3) == 3 && write(ends[1], "two", 3) == 3);
    CHECK(read(ends[0], data, 2) == 2 && read(ends[0], data, 100) == 3 && !memcmp(data, "two", 3));
    close(ends[0]);
    close(ends[1]);
}

/* A pipe that gets no descriptors must not cost any. */
static void check_no_descriptors(void)
{
    struct rlimit limit;
    int ends[2], first = dup(0), fd, count = 0, again = 0;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_cur < 64 ? limit.rlim_cur : 1024;
    setrlimit(RLIMIT_NOFILE, &limit);
    close(first);
    while ((fd = dup(0)) >= 0)
        count++;
    CHECK(errno == EMFILE && count > 10);
    for (int i = 0; i < 1000; i++)
        again += pipe(ends) == -1 && errno == EMFILE;
    close(first);
    for (int i = 0; i < 1000; i++)
        again += pipe(ends) == -1 && errno == EMFILE;
    CHECK(again == 2000 && dup(0) == first);
    for (int i = 0; i < count; i++)
        close(first + i);
    CHECK(!pipe(ends) && ends[0] == first);
    close(ends[0]);
    close(ends[1]);
}

static int ends[2];

/* Two write 3,000 bytes of their own letter at a time. */
static void *write_letter(void *argument)
{
    char text[3000];

    memset(text, *(char *)argument, sizeof(text));
    for (int i = 0; i < 200; i++)
        if (write(ends[1], text, sizeof(text)) != sizeof(text))
            return NULL;
    return argument;
}

static void check_whole(void)
{
    pthread_t threads[2];
    void *good;
    char text[3000];
    int torn = 0;

    CHECK(!pipe(ends));
    pthread_create(&threads[0], NULL, write_letter, "a");
    pthread_create(&threads[1], NULL, write_letter, "b");
    for (int i = 0; i < 400; i++) {
        size_t done = 0;

        while (done < sizeof(text))
            done += read(ends[0], text + done, sizeof(text) - done);
        for (size_t at = 1; at < sizeof(text); at++)
            torn += text[at] != text[0];
    }
    CHECK(!torn);
    for (int i = 0; i < 2; i++)
        CHECK(!pthread_join(threads[i], &good) && good);
    close(ends[0]);
    close(ends[1]);
}

static volatile sig_atomic_t broken;

static void on_broken(int signal) { broken = signal; }

static void *close_late(void *argument)
{
    usleep(50000);
    close(ends[0]);
    return argument;
}

/* A write that waits hears of it when nobody will ever read. */
static void check_broken(void)
{
    pthread_t thread;

    signal(SIGPIPE, on_broken);
    CHECK(!pipe(ends) && !pthread_create(&thread, NULL, close_late, NULL));
    CHECK(write(ends[1], data, 100000) == 65536 && broken == SIGPIPE);
    broken = 0;
    CHECK(write(ends[1], data, 1) == -1 && errno == EPIPE && broken == SIGPIPE);
    CHECK(is_ready(ends[1], POLLOUT) == (POLLOUT | POLLERR) || is_ready(ends[1], POLLOUT) == POLLERR);
    pthread_join(thread, NULL);
    close(ends[1]);
}

/* Several parts are read as far as there is something, and written as one. */
static void check_parts(void)
{
    char one[4], two[4];
    struct iovec parts[2] = { { one, 4 }, { two, 4 } };

    CHECK(!pipe(ends) && write(ends[1], "abcd", 4) == 4);
    CHECK(readv(ends[0], parts, 2) == 4);
    CHECK(write(ends[1], "abcdef", 6) == 6 && readv(ends[0], parts, 2) == 6 && !memcmp(two, "ef", 2));
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    CHECK(write(ends[1], data, 65530) == 65530);
    CHECK(writev(ends[1], parts, 2) == -1 && errno == EAGAIN);
    CHECK(waiting(ends[0]) == 65530);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    check_empty();
    check_room();
    check_size();
    check_packets();
    check_no_descriptors();
    check_whole();
    check_broken();
    check_parts();
    return failures;
}
