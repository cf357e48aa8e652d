/* Sockets within one system: pairs, and those that have a name in the tree of files or none. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char buffer[1 << 16];

static struct sockaddr_un named(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, name);
    return address;
}

static int bind_to(int fd, const char *name)
{
    struct sockaddr_un address = named(name);
    return bind(fd, (struct sockaddr *)&address, sizeof address);
}

static int connect_to(int fd, const char *name)
{
    struct sockaddr_un address = named(name);
    return connect(fd, (struct sockaddr *)&address, sizeof address);
}

static void stream_pair(void)
{
    int pair[2] = {-1, -1};
    struct stat status = {0};
    signal(SIGPIPE, SIG_IGN);
    if (CALL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair)) != 0)
        return;
    CALL(read(pair[0], buffer, 10));
    CALL(write(pair[0], "abc", 3));
    CALL(write(pair[0], "de", 2));
    CALL(read(pair[1], buffer, 10));
    CALL(send(pair[1], "xyz", 3, 0));
    CALL(recv(pair[0], buffer, 2, MSG_PEEK));
    CALL(recv(pair[0], buffer, 10, 0));
    CALL(read(pair[0], buffer, 0));
    CALL(fstat(pair[0], &status));
    VALUE(S_ISSOCK(status.st_mode));
    CALL(lseek(pair[0], 0, SEEK_CUR));
    CALL(close(pair[1]));
    CALL(read(pair[0], buffer, 10));
    CALL(write(pair[0], "x", 1));
}

static void datagram_pair(void)
{
    int pair[2] = {-1, -1}, size = 0;
    if (CALL(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair)) != 0)
        return;
    CALL(write(pair[0], "abc", 3));
    CALL(write(pair[0], "de", 2));
    CALL(ioctl(pair[1], FIONREAD, &size));
    VALUE(size);
    CALL(read(pair[1], buffer, 2));
    CALL(read(pair[1], buffer, 10));
    CALL(read(pair[1], buffer, 10));
    CALL(write(pair[0], "", 0));
    CALL(read(pair[1], buffer, 10));
    CALL(close(pair[1]));
    CALL(write(pair[0], "x", 1));
}

static void packet_pair(void)
{
    int pair[2] = {-1, -1};
    if (CALL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair)) != 0)
        return;
    CALL(write(pair[0], "abc", 3));
    CALL(write(pair[0], "de", 2));
    CALL(recv(pair[1], buffer, 2, MSG_TRUNC));
    CALL(read(pair[1], buffer, 10));
    CALL(close(pair[0]));
    CALL(read(pair[1], buffer, 10));
}

static void halves(void)
{
    int pair[2] = {-1, -1};
    struct pollfd polled;
    signal(SIGPIPE, SIG_IGN);
    if (CALL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair)) != 0)
        return;
    polled = (struct pollfd){pair[1], POLLIN | POLLOUT | POLLRDHUP, 0};
    CALL(poll(&polled, 1, 0));
    record("revents", "%#x", polled.revents);
    CALL(write(pair[0], "abc", 3));
    CALL(shutdown(pair[0], SHUT_WR));
    CALL(write(pair[0], "x", 1));
    CALL(poll(&polled, 1, 0));
    record("revents", "%#x", polled.revents);
    CALL(read(pair[1], buffer, 10));
    CALL(read(pair[1], buffer, 10));
    CALL(write(pair[1], "back", 4));
    CALL(read(pair[0], buffer, 10));
    CALL(close(pair[0]));
    CALL(poll(&polled, 1, 0));
    record("revents", "%#x", polled.revents);
    CALL(shutdown(pair[1], 77));
    CALL(send(pair[1], "x", 1, MSG_NOSIGNAL));
}

static void stream_server(void)
{
    struct sockaddr_un address;
    socklen_t size = sizeof address;
    struct stat status = {0};
    struct pollfd polled;
    int server = CALL(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    if (server < 0)
        return;
    int client = CALL(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    CALL(connect_to(client, "s"));
    CALL(bind_to(server, "s"));
    CALL(bind_to(server, "t"));
    CALL(stat("s", &status));
    VALUE(S_ISSOCK(status.st_mode));
    CALL(connect_to(client, "s"));
    CALL(accept(server, NULL, NULL));
    CALL(listen(server, 5));
    CALL(accept(server, NULL, NULL));
    polled = (struct pollfd){server, POLLIN, 0};
    CALL(poll(&polled, 1, 0));
    CALL(connect_to(client, "s"));
    CALL(connect_to(client, "s"));
    CALL(poll(&polled, 1, 0));
    CALL(write(client, "hello", 5));
    int accepted = CALL(accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
    CALL(read(accepted, buffer, 10));
    CALL(getsockname(accepted, (struct sockaddr *)&address, &size));
    VALUE(size - offsetof(struct sockaddr_un, sun_path));
    TEXT(address.sun_path);
    size = sizeof address;
    CALL(getpeername(accepted, (struct sockaddr *)&address, &size));
    VALUE(size);
    CALL(close(client));
    CALL(read(accepted, buffer, 10));
    CALL(close(server));
    int late = CALL(socket(AF_UNIX, SOCK_STREAM, 0));
    CALL(connect_to(late, "s"));
    CALL(bind_to(late, "s"));
    CALL(unlink("s"));
    CALL(bind_to(late, "s"));
    CALL(open("s", O_RDWR));
}

static void datagram_server(void)
{
    struct sockaddr_un address = {0}, to = named("d");
    socklen_t size = sizeof address;
    int server = CALL(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    if (server < 0)
        return;
    int client = CALL(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    CALL(bind_to(server, "d"));
    CALL(bind_to(client, "c"));
    CALL(sendto(client, "abc", 3, 0, (struct sockaddr *)&to, sizeof to));
    CALL(recvfrom(server, buffer, 10, 0, (struct sockaddr *)&address, &size));
    TEXT(address.sun_path);
    CALL(send(client, "x", 1, 0));
    CALL(connect_to(client, "d"));
    CALL(send(client, "x", 1, 0));
    CALL(recv(server, buffer, 10, 0));
    CALL(recv(server, buffer, 10, 0));
    CALL(listen(server, 5));
    CALL(accept(server, NULL, NULL));
}

/* A name without a file, which begins with a byte of 0. */
static void nameless_server(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0abstract"};
    socklen_t size = offsetof(struct sockaddr_un, sun_path) + 9;
    int server = CALL(socket(AF_UNIX, SOCK_STREAM, 0));
    if (server < 0)
        return;
    int client = CALL(socket(AF_UNIX, SOCK_STREAM, 0));
    CALL(connect(client, (struct sockaddr *)&address, size));
    CALL(bind(server, (struct sockaddr *)&address, size));
    CALL(listen(server, 1));
    CALL(connect(client, (struct sockaddr *)&address, size));
    CALL(bind(client, (struct sockaddr *)&address, size));
}

static void descriptors_are_sent(void)
{
    int pair[2] = {-1, -1}, ends[2], got = -1;
    char byte = 'x', control[CMSG_SPACE(sizeof(int))] = "";
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    if (CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) != 0)
        return;
    CALL(pipe(ends));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
    if (CALL(sendmsg(pair[0], &message, 0)) < 0)
        return;
    CALL(close(ends[1]));
    memset(control, 0, sizeof control);
    message.msg_controllen = sizeof control;
    CALL(recvmsg(pair[1], &message, 0));
    header = CMSG_FIRSTHDR(&message);
    if (header != NULL)
        memcpy(&got, CMSG_DATA(header), sizeof(int));
    VALUE(got);
    CALL(write(got, "via", 3));
    CALL(read(ends[0], buffer, 10));
}

static void options(void)
{
    int pair[2] = {-1, -1}, value = -1, null = open("/dev/null", O_RDWR);
    socklen_t size = sizeof value;
    if (CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) != 0)
        return;
    CALL(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &size));
    VALUE(value);
    CALL(getsockopt(pair[0], SOL_SOCKET, SO_ERROR, &value, &size));
    VALUE(value);
    CALL(getsockopt(pair[0], SOL_SOCKET, SO_ACCEPTCONN, &value, &size));
    VALUE(value);
    CALL(getsockopt(null, SOL_SOCKET, SO_TYPE, &value, &size));
    CALL(getsockopt(pair[0], SOL_SOCKET, 7777, &value, &size));
}

static void errors(void)
{
    int pair[2], null = open("/dev/null", O_RDWR);
    CALL(socket(77, SOCK_STREAM, 0));
    CALL(socket(AF_UNIX, 77, 0));
    CALL(socket(AF_UNIX, SOCK_STREAM, 77));
    CALL(socketpair(AF_UNIX, 77, 0, pair));
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 77, pair));
    CALL(listen(null, 5));
    CALL(accept(null, NULL, NULL));
    CALL(send(null, "x", 1, 0));
    CALL(recv(99, buffer, 1, 0));
    int fd = CALL(socket(AF_UNIX, SOCK_STREAM, 0));
    if (fd < 0)
        return;
    CALL(read(fd, buffer, 1));
    CALL(send(fd, "x", 1, MSG_NOSIGNAL));
    CALL(shutdown(fd, SHUT_RD));
    CALL(bind_to(fd, "missing/s"));
    CALL(connect_to(fd, "missing"));
}

static void *echo(void *fd)
{
    char bytes[1000];
    ssize_t size;
    while ((size = read((int)(intptr_t)fd, bytes, sizeof bytes)) > 0)
        if (write((int)(intptr_t)fd, bytes, size) != size)
            break;
    return NULL;
}

static void between_threads(void)
{
    int pair[2] = {-1, -1}, wrong = 0;
    pthread_t thread;
    if (CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) != 0)
        return;
    FAILS(pthread_create(&thread, NULL, echo, (void *)(intptr_t)pair[1]));
    for (int i = 0; i < 100; i++) {
        char byte = i, back = -1;
        wrong += write(pair[0], &byte, 1) != 1 || read(pair[0], &back, 1) != 1 || back != byte;
    }
    VALUE(wrong);
    CALL(shutdown(pair[0], SHUT_WR));
    pthread_join(thread, NULL);
}

TOPIC(sockets, CASE(stream_pair), CASE(datagram_pair), CASE(packet_pair), CASE(halves),
      CASE(stream_server), CASE(datagram_server), CASE(nameless_server),
      CASE(descriptors_are_sent), CASE(options), CASE(errors), CASE(between_threads));
