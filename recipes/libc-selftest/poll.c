/* Waiting for files: pipes, eventfd, poll, select and epoll, with threads at the other end. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int ends[2];

static void *write_later(void *argument)
{
    usleep(20000);
    write(ends[1], "late", 4);
    return argument;
}

static void *drain(void *total)
{
    char buffer[5000];
    ssize_t size;

    while ((size = read(ends[0], buffer, sizeof buffer)) > 0)
        *(size_t *)total += size;
    return NULL;
}

static void pipes(void)
{
    static char block[100000];
    char buffer[16];
    size_t total = 0;
    pthread_t thread;

    CHECK(!pipe2(ends, O_NONBLOCK | O_CLOEXEC));
    CHECK(fcntl(ends[0], F_GETFL) & O_NONBLOCK && fcntl(ends[1], F_GETFD) == FD_CLOEXEC);
    CHECK(read(ends[0], buffer, 1) == -1 && errno == EAGAIN);
    /* A pipe holds at least PIPE_BUF bytes, and not all that one may have. */
    ssize_t size = write(ends[1], block, sizeof block);
    CHECK(size >= 4096 && (write(ends[1], block, 4096) == -1 && errno == EAGAIN));
    CHECK(!fcntl(ends[0], F_SETFL, 0) && !fcntl(ends[1], F_SETFL, 0));
    CHECK(!pthread_create(&thread, NULL, drain, &total));
    CHECK(write(ends[1], block, sizeof block) == sizeof block && !close(ends[1]));
    CHECK(!pthread_join(thread, NULL) && total == (size_t)size + sizeof block && !close(ends[0]));

    signal(SIGPIPE, SIG_IGN);
    CHECK(!pipe(ends) && !close(ends[0]));
    CHECK(write(ends[1], "x", 1) == -1 && errno == EPIPE && !close(ends[1]));
    CHECK(lseek(0, 0, SEEK_CUR) == -1 || !isatty(0) || lseek(0, 0, SEEK_CUR) == 0);
}

static void polls(void)
{
    struct pollfd files[3];
    pthread_t thread;
    char buffer[8];

    CHECK(!pipe(ends));
    files[0] = (struct pollfd){ ends[0], POLLIN, 0 };
    files[1] = (struct pollfd){ ends[1], POLLOUT, 0 };
    files[2] = (struct pollfd){ -1, POLLIN, 0 };
    CHECK(poll(files, 3, 0) == 1 && !files[0].revents && files[1].revents == POLLOUT && !files[2].revents);
    CHECK(poll(files, 1, 10) == 0);
    CHECK(!pthread_create(&thread, NULL, write_later, NULL));
    CHECK(poll(files, 1, 5000) == 1 && files[0].revents == POLLIN);
    CHECK(read(ends[0], buffer, 8) == 4 && !pthread_join(thread, NULL));
    files[2] = (struct pollfd){ 999, POLLIN, 0 };
    CHECK(poll(files, 3, 0) == 2 && files[2].revents == POLLNVAL);
    CHECK(ppoll(files, 1, &(struct timespec){ 0, 1000000 }, NULL) == 0);

    fd_set in, out;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(ends[0], &in);
    FD_SET(ends[1], &out);
    CHECK(select(ends[1] + 1, &in, &out, NULL, NULL) == 1 && !FD_ISSET(ends[0], &in) && FD_ISSET(ends[1], &out));
    FD_SET(ends[0], &in);
    CHECK(select(ends[0] + 1, &in, NULL, NULL, &(struct timeval){ 0, 1000 }) == 0 && !FD_ISSET(ends[0], &in));

    CHECK(!close(ends[1]) && poll(files, 1, 0) == 1 && files[0].revents & POLLHUP);
    CHECK(!close(ends[0]));
}

static void events(void)
{
    uint64_t value = 0;
    int event = eventfd(3, EFD_NONBLOCK), semaphore = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);

    CHECK(eventfd_write(event, 4) == 0 && read(event, &value, 8) == 8 && value == 7);
    CHECK(read(event, &value, 8) == -1 && errno == EAGAIN && read(event, &value, 4) == -1 && errno == EINVAL);
    CHECK(!eventfd_read(semaphore, &value) && value == 1 && !eventfd_read(semaphore, &value));
    CHECK(eventfd_read(semaphore, &value) == -1);
    CHECK(!close(semaphore));

    struct epoll_event got[4], wanted = { .events = EPOLLIN, .data.u64 = 0x123456789abcdefull };
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    CHECK(epoll >= 0 && !pipe(ends) && !epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted));
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted) == -1 && errno == EEXIST);
    wanted.data.u64 = 2;
    CHECK(!epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &wanted) && epoll_wait(epoll, got, 4, 0) == 0);
    eventfd_write(event, 1);
    CHECK(epoll_wait(epoll, got, 4, -1) == 1 && got[0].data.u64 == 0x123456789abcdefull && got[0].events == EPOLLIN);
    CHECK(write(ends[1], "x", 1) == 1 && epoll_wait(epoll, got, 4, 1000) == 2 && epoll_wait(epoll, got, 1, 0) == 1);
    CHECK(!epoll_ctl(epoll, EPOLL_CTL_DEL, event, NULL) && epoll_wait(epoll, got, 4, 0) == 1 && got[0].data.u64 == 2);
    wanted.events = EPOLLIN | EPOLLONESHOT;
    CHECK(!epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &wanted) && epoll_wait(epoll, got, 4, 0) == 1);
    CHECK(epoll_wait(epoll, got, 4, 0) == 0);
    close(epoll);
    close(event);
    close(ends[0]);
    close(ends[1]);
}

static void descriptors(void)
{
    char buffer[8];
    int waiting = 0;

    CHECK(!pipe(ends));
    struct iovec parts[3] = { { "ab", 2 }, { NULL, 0 }, { "cde", 3 } }, back[2] = { { buffer, 1 }, { buffer + 1, 7 } };
    CHECK(writev(ends[1], parts, 3) == 5 && !ioctl(ends[0], FIONREAD, &waiting) && waiting == 5);
    CHECK(readv(ends[0], back, 2) == 5 && !memcmp(buffer, "abcde", 5));
    int copy = dup(ends[1]);
    CHECK(copy > ends[1] && dup2(copy, 100) == 100 && fcntl(ends[1], F_DUPFD, 200) == 200);
    CHECK(!close(ends[1]) && write(200, "x", 1) == 1 && write(100, "y", 1) == 1 && read(ends[0], buffer, 8) == 2);
    CHECK(!close(copy) && !close(100) && !close(200) && read(ends[0], buffer, 8) == 0);
    CHECK(close(200) == -1 && errno == EBADF && read(-1, buffer, 1) == -1 && errno == EBADF);
    CHECK(open("/dev/null", O_RDONLY) == ends[1]);
    /* Until there are no more, and then again. */
    int count = 0, last = -1, fd;
    while ((fd = dup(ends[0])) >= 0) {
        last = fd;
        count++;
    }
    CHECK(errno == EMFILE && count > 200);
    CHECK(!close(last) && dup(ends[0]) == last);
}

int main(void)
{
    pipes();
    polls();
    events();
    descriptors();
    return summary();
}
