/*
 * Shows sockets within the domain: streams, datagrams and packets, by pairs and by
 * names, with files that travel, limits of time, and ends that are told of.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char data[1 << 20];

static int ready(int fd, int events)
{
    struct pollfd wanted = { .fd = fd, .events = events };

    return poll(&wanted, 1, 0) == 1 ? wanted.revents : 0;
}

static struct sockaddr_un named(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    strcpy(address.sun_path, path);
    return address;
}

static int bind_to(int fd, const char *path)
{
    struct sockaddr_un address = named(path);

    return bind(fd, (void *)&address, sizeof(address));
}

static int connect_to(int fd, const char *path)
{
    struct sockaddr_un address = named(path);

    return connect(fd, (void *)&address, sizeof(address));
}

static void check_refused(void)
{
    int pair[2];

    CHECK(socket(99, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
    CHECK(socket(AF_UNIX, 77, 0) == -1 && errno == EINVAL);
    CHECK(socket(AF_UNIX, 7, 0) == -1 && errno == ESOCKTNOSUPPORT);
    CHECK(socket(AF_UNIX, SOCK_STREAM, 5) == -1 && errno == EPROTONOSUPPORT);
    CHECK(send(0, "x", 1, 0) == -1 && errno == ENOTSOCK);
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK(lseek(pair[0], 0, SEEK_SET) == -1 && errno == ESPIPE);
    close(pair[0]);
    close(pair[1]);
}

static void check_stream(void)
{
    int pair[2], type = 0, bytes = 0;
    socklen_t length = sizeof(type);
    struct stat st;
    char text[16];

    CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) && fcntl(pair[0], F_GETFD) == FD_CLOEXEC);
    CHECK(!fstat(pair[0], &st) && S_ISSOCK(st.st_mode));
    CHECK(!getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &type, &length) && type == SOCK_STREAM);
    CHECK(!ready(pair[0], POLLIN) && ready(pair[0], POLLOUT) == POLLOUT);
    CHECK(write(pair[0], "abc", 3) == 3 && send(pair[0], "defg", 4, 0) == 4);
    CHECK(!ioctl(pair[1], FIONREAD, &bytes) && bytes == 7 && ready(pair[1], POLLIN) == POLLIN);
    CHECK(recv(pair[1], text, 5, MSG_PEEK) == 5 && read(pair[1], text, 5) == 5 && !memcmp(text, "abcde", 5));
    CHECK(read(pair[1], text, 16) == 2 && recv(pair[1], text, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    CHECK(write(pair[1], "back", 4) == 4 && read(pair[0], text, 16) == 4);

    /* One side says that it sends no more. */
    CHECK(!shutdown(pair[0], SHUT_WR) && ready(pair[1], POLLIN | POLLRDHUP) == (POLLIN | POLLRDHUP));
    CHECK(read(pair[1], text, 16) == 0 && write(pair[1], "x", 1) == 1 && read(pair[0], text, 16) == 1);
    CHECK(send(pair[0], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
    close(pair[0]);
    CHECK(ready(pair[1], POLLIN) == (POLLIN | POLLHUP) && send(pair[1], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
    close(pair[1]);

    /* What was not read when the other side went is told. */
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && write(pair[0], "x", 1) == 1);
    close(pair[1]);
    CHECK(read(pair[0], text, 1) == -1 && errno == ECONNRESET && read(pair[0], text, 1) == 0);
    close(pair[0]);
}

static int ends[2];

static void *receive_all(void *argument)
{
    unsigned long sum = 0, got = 0;
    long length;

    while ((length = read(ends[1], argument, 7777)) > 0)
        for (long i = 0; i < length; i++, got++)
            sum += ((unsigned char *)argument)[i];
    return (void *)(sum == got / 251 * (250 * 251 / 2) + (got % 251) * (got % 251 - 1) / 2 ? got : 0);
}

static void check_much(void)
{
    static char buffer[8192];
    pthread_t thread;
    void *received;
    long filled = 0, length;

    for (unsigned i = 0; i < sizeof(data); i++)
        data[i] = i % 251;
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends) && !pthread_create(&thread, NULL, receive_all, buffer));
    CHECK(write(ends[0], data, sizeof(data)) == sizeof(data));
    close(ends[0]);
    CHECK(!pthread_join(thread, &received) && (unsigned long)received == sizeof(data));
    close(ends[1]);

    CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
    while ((length = write(ends[0], data, sizeof(data))) > 0)
        filled += length;
    CHECK(length == -1 && errno == EAGAIN && filled >= 100000 && !ready(ends[0], POLLOUT));
    while ((length = read(ends[1], data, sizeof(data))) > 0)
        filled -= length;
    CHECK(!filled && ready(ends[0], POLLOUT) == POLLOUT);
    close(ends[0]);
    close(ends[1]);
}

static void *connect_late(void *argument)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    char text[8] = "";

    usleep(30000);
    if (connect_to(fd, argument) || write(fd, "hello", 5) != 5 || read(fd, text, 8) != 3)
        return NULL;
    close(fd);
    return argument;
}

static void check_listening(void)
{
    const char *path = "/tmp/socket-test";
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0), fd;
    struct sockaddr_un address;
    socklen_t length = sizeof(address);
    struct ucred who;
    struct stat st;
    pthread_t thread;
    void *good;
    char text[8];

    unlink(path);
    CHECK(listen(listener, 5) == -1 && errno == EINVAL);
    CHECK(connect_to(other, path) == -1 && errno == ENOENT);
    CHECK(ready(other, POLLIN | POLLOUT) == (POLLOUT | POLLHUP));
    CHECK(!bind_to(listener, path) && !stat(path, &st) && S_ISSOCK(st.st_mode));
    CHECK(bind_to(other, path) == -1 && errno == EADDRINUSE && open(path, O_RDWR) == -1 && errno == ENXIO);
    CHECK(connect_to(other, path) == -1 && errno == ECONNREFUSED);
    CHECK(accept(listener, NULL, NULL) == -1 && errno == EINVAL);
    CHECK(!listen(listener, 1) && !ready(listener, POLLIN));
    CHECK(!getsockname(listener, (void *)&address, &length) && !strcmp(address.sun_path, path));
    CHECK(length == offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);

    pthread_create(&thread, NULL, connect_late, (void *)path);
    length = sizeof(address);
    fd = accept4(listener, (void *)&address, &length, SOCK_CLOEXEC);
    CHECK(fd >= 0 && length == 2 && address.sun_family == AF_UNIX && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(read(fd, text, 8) == 5 && !memcmp(text, "hello", 5) && write(fd, "bye", 3) == 3);
    length = sizeof(who);
    CHECK(!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) && who.pid == getpid() && who.uid == getuid());
    CHECK(!pthread_join(thread, &good) && good && read(fd, text, 8) == 0);
    close(fd);

    /* Who connects need not wait until it is accepted, as long as there is room. */
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(!connect_to(other, path) && ready(listener, POLLIN) == POLLIN && !connect_to(fd, path));
    CHECK(connect_to(fd, path) == -1 && errno == EAGAIN && write(fd, "early", 5) == 5);
    close(fd);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(connect_to(fd, path) == -1 && errno == EAGAIN);
    close(accept(listener, NULL, NULL));
    close(fd);
    fd = accept(listener, NULL, NULL);
    CHECK(read(fd, text, 8) == 5 && read(fd, text, 8) == 0);
    close(fd);
    CHECK(connect_to(other, path) == -1 && errno == EISCONN);
    close(other);

    /* With the listener, those go that it has not accepted. */
    other = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(!connect_to(other, path));
    close(listener);
    CHECK(read(other, text, 8) == -1 && errno == ECONNRESET);
    close(other);
    other = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(connect_to(other, path) == -1 && errno == ECONNREFUSED && !unlink(path));
    close(other);
}

static void check_datagrams(void)
{
    int pair[2], one = socket(AF_UNIX, SOCK_DGRAM, 0), other = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "\0nub-test" }, from;
    socklen_t length = sizeof(from), size = offsetof(struct sockaddr_un, sun_path) + 9;
    char text[8];
    int count = 0;

    CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    CHECK(write(pair[0], "one", 3) == 3 && write(pair[0], "", 0) == 0 && write(pair[0], "three", 5) == 5);
    CHECK(read(pair[1], text, 2) == 2 && read(pair[1], text, 8) == 0);
    CHECK(recv(pair[1], text, 2, MSG_TRUNC) == 5 && recv(pair[1], text, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    CHECK(send(pair[0], data, sizeof(data), 0) == -1 && errno == EMSGSIZE);
    CHECK(write(pair[0], data, 100000) == 100000 && read(pair[1], data, sizeof(data)) == 100000);
    close(pair[1]);
    CHECK(write(pair[0], "x", 1) == -1 && errno == ECONNREFUSED && write(pair[0], "x", 1) == -1 && errno == ENOTCONN);
    close(pair[0]);

    CHECK(write(one, "x", 1) == -1 && errno == ENOTCONN);
    CHECK(!bind(one, (void *)&address, size) && bind(other, (void *)&address, size) == -1 && errno == EADDRINUSE);
    CHECK(sendto(other, "to", 2, 0, (void *)&address, size) == 2);
    CHECK(recvfrom(one, text, 8, 0, (void *)&from, &length) == 2 && length == 0);
    from = (struct sockaddr_un){ .sun_family = AF_UNIX };
    CHECK(!bind(other, (void *)&from, sizeof(sa_family_t)) && !connect(other, (void *)&address, size));
    CHECK(write(other, "named", 5) == 5);
    length = sizeof(from);
    CHECK(recvfrom(one, text, 8, 0, (void *)&from, &length) == 5 && length == 8 && !from.sun_path[0]);
    CHECK(sendto(one, "back", 4, 0, (void *)&from, length) == 4 && read(other, text, 8) == 4);
    while (send(other, "x", 1, MSG_DONTWAIT) == 1)
        count++;
    CHECK(errno == EAGAIN && count >= 5);
    CHECK(read(one, text, 8) == 1 && send(other, "x", 1, MSG_DONTWAIT) == 1);
    close(one);
    CHECK(write(other, "x", 1) == -1 && errno == ECONNREFUSED);
    close(other);
}

static void check_packets(void)
{
    struct iovec parts[2] = { { "ab", 2 }, { "cd", 2 } };
    int pair[2];
    char text[8];

    CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    CHECK(write(pair[0], "one", 3) == 3 && writev(pair[0], parts, 2) == 4);
    CHECK(read(pair[1], text, 8) == 3 && read(pair[1], text, 3) == 3 && !memcmp(text, "abc", 3));
    close(pair[0]);
    CHECK(read(pair[1], text, 8) == 0);
    close(pair[1]);
}

static long send_file(int fd, int file, const char *text)
{
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec part = { (char *)text, strlen(text) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &file, sizeof(int));
    return sendmsg(fd, &message, 0);
}

static int receive_file(int fd, long wanted, int room)
{
    char control[CMSG_SPACE(sizeof(int))] = { 0 }, text[16];
    struct iovec part = { text, sizeof(text) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room ? sizeof(control) : 0 };
    struct cmsghdr *header;
    int file = -1;

    if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) != wanted)
        return -2;
    if (message.msg_flags & MSG_CTRUNC)
        return -3;
    header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(&file, CMSG_DATA(header), sizeof(int));
    return file;
}

static void check_files(void)
{
    int pair[2], pipes[2], received;
    char text[8];

    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && !pipe(pipes));
    CHECK(write(pair[0], "ab", 2) == 2 && send_file(pair[0], pipes[1], "cd") == 2 && write(pair[0], "ef", 2) == 2);
    close(pipes[1]);
    received = receive_file(pair[1], 4, 1);
    CHECK(received >= 0 && fcntl(received, F_GETFD) == FD_CLOEXEC);
    CHECK(write(received, "x", 1) == 1 && read(pipes[0], text, 8) == 1);
    close(received);
    CHECK(read(pipes[0], text, 8) == 0 && read(pair[1], text, 8) == 2);
    close(pair[0]);
    close(pair[1]);
    close(pipes[0]);

    /* Files that nobody receives are closed with what they were sent through. */
    CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) && !pipe(pipes) && send_file(pair[0], pipes[1], "x") == 1);
    CHECK(send_file(pair[0], 999, "x") == -1 && errno == EBADF);
    CHECK(send_file(pair[0], pipes[1], "y") == 1 && receive_file(pair[1], 1, 0) == -3);
    close(pipes[1]);
    close(pair[0]);
    close(pair[1]);
    CHECK(read(pipes[0], text, 8) == 0);
    close(pipes[0]);
}

static void check_limits(void)
{
    struct timeval limit = { 0, 60000 }, got;
    socklen_t length = sizeof(got);
    struct timespec before, after;
    int pair[2];
    char text[8];

    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK(!setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
    CHECK(!getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &got, &length) && got.tv_usec == 60000);
    clock_gettime(CLOCK_MONOTONIC, &before);
    CHECK(read(pair[0], text, 8) == -1 && errno == EAGAIN);
    clock_gettime(CLOCK_MONOTONIC, &after);
    CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 58);
    CHECK(write(pair[1], "abc", 3) == 3 && recv(pair[0], text, 8, MSG_WAITALL) == 3);
    close(pair[0]);
    close(pair[1]);
}

static void *write_late(void *argument)
{
    usleep(30000);
    return (void *)(long)(write(*(int *)argument, "x", 1) == 1);
}

static void check_watched(void)
{
    struct epoll_event watched = { .events = EPOLLIN | EPOLLET | EPOLLRDHUP, .data.u32 = 9 }, found;
    int list = epoll_create1(0), pair[2];
    pthread_t thread;

    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && !epoll_ctl(list, EPOLL_CTL_ADD, pair[0], &watched));
    pthread_create(&thread, NULL, write_late, &pair[1]);
    CHECK(epoll_wait(list, &found, 1, 5000) == 1 && found.events == EPOLLIN && epoll_wait(list, &found, 1, 0) == 0);
    pthread_join(thread, NULL);
    close(pair[1]);
    CHECK(epoll_wait(list, &found, 1, 5000) == 1 && found.events == (EPOLLIN | EPOLLHUP | EPOLLRDHUP));
    close(pair[0]);
    close(list);
}

/* What one may send before it has to wait, and many messages at once. */
static void check_room_and_many(void)
{
    char text[4][8] = { "" }, big[1000] = "";
    struct iovec parts[4];
    struct mmsghdr several[4] = { 0 };
    int ends[2], size = 8000, filled = 0, before = 0;
    socklen_t length = sizeof(size);
    struct timespec time = { 5, 0 };

    CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
    CHECK(!setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
    CHECK(!getsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, &length) && size == 16000);
    while (write(ends[0], big, sizeof(big)) > 0)
        filled += sizeof(big);
    CHECK(errno == EAGAIN && filled >= 4000 && filled <= 16000);
    size = 1;
    CHECK(!setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
    CHECK(!getsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, &length) && size == 4608);
    size = 1;
    CHECK(!setsockopt(ends[0], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
    CHECK(!getsockopt(ends[0], SOL_SOCKET, SO_RCVBUF, &size, &length) && size == 2304);
    close(ends[0]);
    close(ends[1]);

    CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
    for (int i = 0; i < 4; i++) {
        parts[i] = (struct iovec){ text[i], 8 };
        several[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i], .msg_iovlen = 1 };
    }
    while (before < 3 && write(ends[0], "abc", before + 1) == before + 1)
        before++;
    CHECK(recvmmsg(ends[1], several, 4, MSG_DONTWAIT, NULL) == 3);
    CHECK(several[0].msg_len == 1 && several[2].msg_len == 3 && !memcmp(text[2], "abc", 3));
    CHECK(recvmmsg(ends[1], several, 4, MSG_DONTWAIT, NULL) == -1 && errno == EAGAIN);
    CHECK(sendmmsg(ends[0], several, 2, 0) == 2);
    CHECK(recvmmsg(ends[1], several, 4, MSG_WAITFORONE, &time) == 2);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    check_refused();
    check_stream();
    check_much();
    check_listening();
    check_datagrams();
    check_packets();
    check_files();
    check_limits();
    check_watched();
    check_room_and_many();
    return failures;
}
