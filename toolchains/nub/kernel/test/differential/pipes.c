/* Pipes: how much they hold, who waits, and what is said at their ends. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char buffer[1 << 20];

static void read_of_nothing(void)
{
    int ends[2];
    CALL(pipe(ends));
    CALL(read(ends[0], buffer, 0));
    CALL(write(ends[1], buffer, 0));
    CALL(close(ends[1]));
    CALL(read(ends[0], buffer, 0));
    CALL(read(ends[0], buffer, 1));
}

static void holds_64_KiB(void)
{
    int ends[2];
    CALL(pipe2(ends, O_NONBLOCK));
    CALL(fcntl(ends[0], F_GETPIPE_SZ));
    CALL(write(ends[1], buffer, 65536));
    CALL(write(ends[1], buffer, 1));
    CALL(read(ends[0], buffer, sizeof buffer));
    CALL(read(ends[0], buffer, 1));
    CALL(write(ends[1], buffer, 70000));
}

static void blocking_write_of_64_KiB(void)
{
    int ends[2], held = 0;
    CALL(pipe(ends));
    CALL(write(ends[1], buffer, 65536));
    CALL(ioctl(ends[0], FIONREAD, &held));
    VALUE(held);
}

/* PIPE_BUF bytes or fewer go in whole, or not at all. */
static void small_writes_are_whole(void)
{
    int ends[2];
    CALL(pipe2(ends, O_NONBLOCK));
    CALL(write(ends[1], buffer, 65536 - 4096));
    CALL(write(ends[1], buffer, 4000));
    CALL(write(ends[1], buffer, 4096));
    CALL(write(ends[1], buffer, 5000));
}

static void other_sizes(void)
{
    int ends[2];
    CALL(pipe2(ends, O_NONBLOCK));
    CALL(fcntl(ends[0], F_SETPIPE_SZ, 4096));
    CALL(write(ends[1], buffer, 10000));
    CALL(fcntl(ends[0], F_SETPIPE_SZ, 100000));
    CALL(fcntl(ends[1], F_GETPIPE_SZ));
    CALL(write(ends[1], buffer, 1 << 20));
    CALL(fcntl(ends[0], F_SETPIPE_SZ, 4096));
    CALL(fcntl(ends[0], F_SETPIPE_SZ, 0));
}

static void writable_when_a_page_is_free(void)
{
    int ends[2];
    struct pollfd polled;
    CALL(pipe2(ends, O_NONBLOCK));
    polled = (struct pollfd){ends[1], POLLOUT, 0};
    CALL(poll(&polled, 1, 0));
    CALL(write(ends[1], buffer, 65536));
    CALL(poll(&polled, 1, 0));
    CALL(read(ends[0], buffer, 100));
    CALL(poll(&polled, 1, 0));
    CALL(write(ends[1], buffer, 100));
    CALL(read(ends[0], buffer, 4096));
    CALL(poll(&polled, 1, 0));
}

static volatile sig_atomic_t broken;

static void on_pipe(int number)
{
    (void)number;
    broken++;
}

static void without_readers(void)
{
    int ends[2];
    struct pollfd polled;
    signal(SIGPIPE, on_pipe);
    broken = 0;
    CALL(pipe(ends));
    CALL(close(ends[0]));
    CALL(write(ends[1], "x", 1));
    VALUE(broken);
    CALL(write(ends[1], "x", 0));
    VALUE(broken);
    polled = (struct pollfd){ends[1], POLLOUT, 0};
    CALL(poll(&polled, 1, 0));
    VALUE(polled.revents);
    signal(SIGPIPE, SIG_IGN);
    CALL(write(ends[1], "x", 1));
}

static void without_writers(void)
{
    int ends[2];
    struct pollfd polled;
    CALL(pipe(ends));
    CALL(write(ends[1], "x", 1));
    CALL(close(ends[1]));
    polled = (struct pollfd){ends[0], POLLIN, 0};
    CALL(poll(&polled, 1, 0));
    VALUE(polled.revents);
    CALL(read(ends[0], buffer, 10));
    CALL(poll(&polled, 1, 0));
    VALUE(polled.revents);
    CALL(read(ends[0], buffer, 10));
}

static void wrong_ends(void)
{
    int ends[2];
    struct stat status = {0};
    CALL(pipe(ends));
    CALL(write(ends[0], "x", 1));
    CALL(read(ends[1], buffer, 1));
    CALL(lseek(ends[0], 0, SEEK_CUR));
    CALL(pread(ends[0], buffer, 1, 0));
    CALL(ftruncate(ends[1], 0));
    CALL(fsync(ends[1]));
    CALL(fstat(ends[0], &status));
    VALUE(S_ISFIFO(status.st_mode));
    VALUE(status.st_mode & 0777);
    CALL(fcntl(ends[0], F_GETFL) & O_ACCMODE);
    CALL(fcntl(ends[1], F_GETFL) & O_ACCMODE);
    CALL(pipe2(ends, 0x10));
}

/* At the limit of descriptors nothing is left behind. */
static void no_descriptor_is_left(void)
{
    int ends[2] = {-7, -7}, made = 0;
    struct rlimit limit = {8, 8}, old;
    CALL(getrlimit(RLIMIT_NOFILE, &old));
    limit.rlim_max = old.rlim_max;
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    CALL(dup(1));
    CALL(dup(1));
    CALL(dup(1));
    CALL(dup(1));
    for (int i = 0; i < 100; i++)
        made += pipe(ends) == 0;
    VALUE(made);
    CALL(pipe(ends));
    VALUE(ends[0]);
    CALL(dup(1));
    CALL(dup(1));
    CALL(setrlimit(RLIMIT_NOFILE, &old));
    CALL(pipe(ends));
}

static void *write_much(void *fd)
{
    for (size_t i = 0; i < sizeof buffer; i++)
        buffer[i] = i % 253;
    return (void *)(intptr_t)write((int)(intptr_t)fd, buffer, sizeof buffer);
}

static void much_through_a_pipe(void)
{
    static char taken[50000];
    int ends[2], size, wrong = 0;
    size_t total = 0;
    void *written;
    pthread_t writer;
    CALL(pipe(ends));
    FAILS(pthread_create(&writer, NULL, write_much, (void *)(intptr_t)ends[1]));
    while (total < sizeof buffer && (size = read(ends[0], taken, sizeof taken)) > 0) {
        for (int i = 0; i < size; i++)
            wrong += taken[i] != (char)((total + i) % 253);
        total += size;
    }
    VALUE(total);
    VALUE(wrong);
    pthread_join(writer, &written);
    VALUE((intptr_t)written);
}

static void two_descriptors_of_one_end(void)
{
    int ends[2];
    CALL(pipe2(ends, O_NONBLOCK));
    int copy = dup(ends[1]);
    CALL(close(ends[1]));
    CALL(read(ends[0], buffer, 1));
    CALL(close(copy));
    CALL(read(ends[0], buffer, 1));
}

TOPIC(pipes, CASE(read_of_nothing), CASE(holds_64_KiB), CASE(blocking_write_of_64_KiB),
      CASE(small_writes_are_whole), CASE(other_sizes), CASE(writable_when_a_page_is_free),
      CASE(without_readers), CASE(without_writers), CASE(wrong_ends),
      CASE(no_descriptor_is_left), CASE(much_through_a_pipe), CASE(two_descriptors_of_one_end));
