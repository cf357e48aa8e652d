/*
 * Shows pipes with a name: opening waits for the other side, and what is told of
 * who has come and gone.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path = "/tmp/fifo-test";

static int ready(int fd, int events)
{
    struct pollfd wanted = { .fd = fd, .events = events };

    return poll(&wanted, 1, 0) == 1 ? wanted.revents : 0;
}

static void *write_hello(void *argument)
{
    int fd;

    usleep(30000);
    fd = open(path, O_WRONLY);
    if (fd < 0 || write(fd, "hello", 5) != 5)
        return NULL;
    close(fd);
    return argument;
}

static void *open_and_close(void *argument)
{
    usleep(30000);
    close(open(path, O_RDONLY));
    return argument;
}

int main(void)
{
    struct stat st;
    pthread_t thread;
    void *good;
    char data[16];
    int in, out, both;

    unlink(path);
    signal(SIGPIPE, SIG_IGN);
    CHECK(!mkfifo(path, 0600) && !stat(path, &st) && S_ISFIFO(st.st_mode));
    CHECK(open(path, O_WRONLY | O_NONBLOCK) == -1 && errno == ENXIO);

    pthread_create(&thread, NULL, write_hello, data);
    in = open(path, O_RDONLY);
    CHECK(in >= 0 && read(in, data, sizeof(data)) == 5 && !memcmp(data, "hello", 5));
    CHECK(!pthread_join(thread, &good) && good && read(in, data, sizeof(data)) == 0);
    CHECK(ready(in, POLLIN) == POLLHUP);
    close(in);

    pthread_create(&thread, NULL, open_and_close, NULL);
    out = open(path, O_WRONLY);
    pthread_join(thread, NULL);
    CHECK(out >= 0 && write(out, "x", 1) == -1 && errno == EPIPE);
    close(out);

    in = open(path, O_RDONLY | O_NONBLOCK);
    CHECK(in >= 0 && !ready(in, POLLIN) && read(in, data, 1) == 0);
    out = open(path, O_WRONLY | O_NONBLOCK);
    CHECK(out >= 0 && read(in, data, 1) == -1 && errno == EAGAIN && ready(out, POLLOUT) == POLLOUT);
    CHECK(write(out, "abc", 3) == 3 && ready(in, POLLIN) == POLLIN);
    close(out);
    CHECK(ready(in, POLLIN) == (POLLIN | POLLHUP) && read(in, data, 16) == 3 && read(in, data, 16) == 0);
    close(in);

    both = open(path, O_RDWR);
    CHECK(both >= 0 && write(both, "self", 4) == 4 && read(both, data, 16) == 4);
    CHECK(!unlink(path) && write(both, "self", 4) == 4);
    CHECK(!fstat(both, &st) && S_ISFIFO(st.st_mode) && st.st_nlink == 0);
    close(both);
    return failures;
}
