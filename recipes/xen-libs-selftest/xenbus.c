/*
 * /dev/xen/xenbus without a library: messages in parts and several in one, what a file leaves
 * behind that is closed, poll, and events that nobody reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include "check.h"

/* Xen's io/xs_wire.h. */
enum {
    XS_READ = 2, XS_WATCH = 4, XS_UNWATCH = 5, XS_TRANSACTION_START = 6, XS_TRANSACTION_END = 7, XS_WRITE = 11,
    XS_WATCH_EVENT = 15, XS_ERROR = 16, XS_RESET_WATCHES = 21,
};

struct header {
    uint32_t type, id, transaction, length;
};

struct message {
    struct header header;
    char body[4097];
};

static int file;

static bool send_to(int fd, uint32_t type, uint32_t id, uint32_t transaction, const char *body, uint32_t length)
{
    struct message message = { .header = { type, id, transaction, length } };

    memcpy(message.body, body, length);
    return write(fd, &message, sizeof(message.header) + length) == (ssize_t)(sizeof(message.header) + length);
}

static bool receive_from(int fd, struct message *message)
{
    uint32_t done = 0;

    if (read(fd, &message->header, sizeof(message->header)) != sizeof(message->header))
        return false;
    while (done < message->header.length) {
        ssize_t got = read(fd, message->body + done, message->header.length - done);

        if (got <= 0)
            return false;
        done += got;
    }
    message->body[done] = '\0';
    return true;
}

/* The answer's header is the request's, whatever the ring has. */
static bool is_answer(int fd, uint32_t type, uint32_t id, uint32_t transaction, const char *body, uint32_t length)
{
    struct message message;

    if (!receive_from(fd, &message))
        return false;
    if (message.header.type == type && message.header.id == id && message.header.transaction == transaction
        && message.header.length == length && !memcmp(message.body, body, length))
        return true;
    printf("type %u, number %u, transaction %u, %u bytes: %s\n", message.header.type, message.header.id,
           message.header.transaction, message.header.length, message.body);
    return false;
}

static bool asks(uint32_t type, uint32_t transaction, const char *body, uint32_t length, uint32_t expected, const char *text)
{
    static uint32_t id = 0xfffffff0;

    id++;
    return send_to(file, type, id, transaction, body, length)
        && is_answer(file, expected, id, transaction, text, strlen(text) + (expected != XS_READ));
}

static void in_parts(void)
{
    struct header header = { XS_READ, 7, 0, 7 };
    struct pollfd polled = { .fd = file, .events = POLLIN };
    char bytes[18];

    CHECK(asks(XS_WRITE, 0, "data/x\0ab", 9, XS_WRITE, "OK"));
    for (unsigned i = 0; i < sizeof(header); i++)
        CHECK(write(file, (char *)&header + i, 1) == 1);
    CHECK(write(file, "data/", 5) == 5 && poll(&polled, 1, 100) == 0);
    CHECK(write(file, "x", 2) == 2 && poll(&polled, 1, 5000) == 1 && polled.revents & POLLIN);
    for (unsigned i = 0; i < sizeof(bytes); i++)
        CHECK(read(file, bytes + i, 1) == 1);
    header.length = 2;
    CHECK(!memcmp(bytes, &header, sizeof(header)) && !memcmp(bytes + 16, "ab", 2));
    CHECK(poll(&polled, 1, 0) == 0);
}

/* Two and a half messages, and the rest; two files at once. */
static void in_one(void)
{
    struct {
        struct header first;
        char path[7];
        struct header second;
        char other[7];
        struct header third;
        char last[7];
    } __attribute__((packed)) all = {
        { XS_READ, 1, 0, 7 }, "data/x", { XS_READ, 1, 0, 7 }, "data/y", { XS_READ, 3, 0, 7 }, "data/x",
    };
    int other = open("/dev/xen/xenbus", O_RDWR);

    CHECK(other >= 0 && send_to(other, XS_READ, 1, 0, "data/z", 7));
    CHECK(write(file, &all, 60) == 60 && write(file, (char *)&all + 60, sizeof(all) - 60) == sizeof(all) - 60);
    CHECK(is_answer(file, XS_READ, 1, 0, "ab", 2));
    CHECK(is_answer(file, XS_ERROR, 1, 0, "ENOENT", 7));
    CHECK(is_answer(file, XS_READ, 3, 0, "ab", 2));
    CHECK(is_answer(other, XS_ERROR, 1, 0, "ENOENT", 7));
    CHECK(close(other) == 0);
}

static void be_refused(void)
{
    struct header header = { XS_READ, 1, 0, 4097 };

    CHECK(fcntl(file, F_SETFL, O_NONBLOCK) == 0);
    CHECK(read(file, &header, 1) == -1 && errno == EAGAIN);
    CHECK(fcntl(file, F_SETFL, 0) == 0);
    CHECK(write(file, &header, sizeof(header)) == -1 && errno == E2BIG);
    CHECK(lseek(file, 0, SEEK_SET) == -1 && errno == ESPIPE);
    CHECK(asks(XS_READ, 12345, "data/x", 7, XS_ERROR, "ENOENT"));
    CHECK(asks(XS_TRANSACTION_END, 0, "X", 2, XS_ERROR, "EINVAL"));
    CHECK(asks(XS_WATCH, 0, "path", 5, XS_ERROR, "EINVAL"));
    CHECK(asks(XS_UNWATCH, 0, "path\0token", 11, XS_UNWATCH, "OK"));
    CHECK(asks(XS_RESET_WATCHES, 0, "", 1, XS_ERROR, "ENOSYS"));
    CHECK(asks(9999, 0, "", 1, XS_ERROR, "ENOSYS"));
    CHECK(asks(XS_READ, 0, "data/x", 7, XS_READ, "ab"));
}

/* The daemon allows a guest about ten transactions and a hundred watches. What is closed while
 * the answer is not there yet counts, too. */
static void close_with_much(void)
{
    for (int i = 0; i < 60; i++) {
        int other = open("/dev/xen/xenbus", O_RDWR);
        struct message message;

        for (int j = 0; j < 4; j++)
            if (!send_to(other, XS_WATCH, j, 0, "data\0token", 11))
                CHECK(false);
        if (!send_to(other, XS_TRANSACTION_START, 9, 0, "", 1))
            CHECK(false);
        while (i % 2 && receive_from(other, &message) && message.header.type != XS_TRANSACTION_START)
            CHECK(message.header.type == XS_WATCH_EVENT || message.header.type == XS_WATCH);
        if (i % 2)
            CHECK(message.header.type == XS_TRANSACTION_START);
        close(other);
    }
}

/* Events are kept up to a size; the rest becomes one of what is watched. */
static void leave_events(void)
{
    static struct message message;
    static char body[1100];
    int watching = open("/dev/xen/xenbus", O_RDWR), events = 0, others = 0;

    CHECK(send_to(watching, XS_WATCH, 1, 0, "data\0t", 7) && is_answer(watching, XS_WATCH, 1, 0, "OK", 3));
    CHECK(is_answer(watching, XS_WATCH_EVENT, 0, 0, "data\0t", 7));
    memset(body, 'n', sizeof(body));
    memcpy(body, "data/", 5);
    for (int i = 245; i < 1000; i += 246)
        body[i] = '/';
    body[1000] = '\0';
    for (int i = 0; i < 500; i++)
        if (!asks(XS_WRITE, 0, body, 1002, XS_WRITE, "OK"))
            CHECK(false);
    do {
        if (!CHECK(receive_from(watching, &message)))
            break;
        if (!strcmp(message.body, body))
            events++;
        else
            others++;
    } while (strcmp(message.body, "data"));
    printf("%d of 500 events\n", events);
    CHECK(events > 200 && events < 300 && others == 1);
    CHECK(asks(XS_WRITE, 0, "data/x\0ab", 9, XS_WRITE, "OK"));
    /* The event of the last write may come after that write's answer. */
    while (CHECK(receive_from(watching, &message)) && strcmp(message.body, "data/x"))
        CHECK(others++ == 1 && !strcmp(message.body, body));
    CHECK(message.header.type == XS_WATCH_EVENT && message.header.length == 9 && !memcmp(message.body, "data/x\0t", 9));
    close(watching);
}

int main(void)
{
    file = open("/dev/xen/xenbus", O_RDWR);
    if (!CHECK(file >= 0))
        return summary();
    in_parts();
    in_one();
    be_refused();
    close_with_much();
    leave_events();
    return summary();
}
