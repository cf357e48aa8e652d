/* Pipes, counters and sockets, and the calls that say which of them are ready. Nothing blocks. */
#define _GNU_SOURCE
#include "sequence.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Makes that all 64 bits of what a watch carries are seen. */
#define MARK UINT64_C(1000000000000)

static void do_pipe(void)
{
    static const int flags[] = {0, 0, O_CLOEXEC, O_CREAT};
    int slot = pick_slot(), other = (slot + 1) % SLOTS, pair[2] = {-1, -1}, flag = PICK(flags);
    slot_empty(slot);
    slot_empty(other);
    calls("f%d, f%d = pipe2(%#x)", slot, other, flag);
    if (gave(pipe2(pair, O_NONBLOCK | flag)) == 0)
        seen(" %d %d", pair[0], pair[1]);
    slot_fill(slot, pair[0]);
    slot_fill(other, pair[1]);
}

static void do_socketpair(void)
{
    static const struct { int number; const char *name; } types[] = {
        {SOCK_STREAM, "STREAM"}, {SOCK_DGRAM, "DGRAM"}, {SOCK_SEQPACKET, "SEQPACKET"}, {77, "77"},
    };
    int slot = pick_slot(), other = (slot + 1) % SLOTS, pair[2] = {-1, -1};
    unsigned type = pick(COUNT(types));
    slot_empty(slot);
    slot_empty(other);
    calls("f%d, f%d = socketpair(%s)", slot, other, types[type].name);
    if (gave(socketpair(AF_UNIX, types[type].number | SOCK_NONBLOCK, 0, pair)) == 0)
        seen(" %d %d", pair[0], pair[1]);
    slot_fill(slot, pair[0]);
    slot_fill(other, pair[1]);
}

static void do_shutdown(void)
{
    int slot = pick_slot(), how = pick(4);
    calls("shutdown(f%d, %d)", slot, how);
    gave(shutdown(slots[slot], how));
}

static void do_eventfd(void)
{
    int slot = pick_slot(), flags = EFD_NONBLOCK | (pick(3) == 0 ? EFD_SEMAPHORE : 0);
    unsigned start = pick(3);
    slot_empty(slot);
    calls("f%d = eventfd(%u, %#x)", slot, start, flags);
    slot_fill(slot, gave(eventfd(start, flags)));
}

/* Of a timer that does not end while the test runs. */
static void do_timer(void)
{
    int slot = pick_slot();
    struct itimerspec far = {{0, 0}, {100000, 0}}, old = {{9, 9}, {9, 9}};
    if (pick(2)) {
        slot_empty(slot);
        calls("f%d = timerfd_create()", slot);
        slot_fill(slot, gave(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK)));
    } else {
        if (pick(3) == 0)
            far.it_value.tv_nsec = 1000000000;
        calls("timerfd_settime(f%d)", slot);
        if (gave(timerfd_settime(slots[slot], 0, &far, &old)) == 0)
            seen(" was %s", old.it_value.tv_sec > 0 ? "set" : "off");
    }
}

static void do_epoll_create(void)
{
    int slot = pick_slot();
    slot_empty(slot);
    calls("f%d = epoll_create1(0)", slot);
    slot_fill(slot, gave(epoll_create1(0)));
}

static void do_epoll_ctl(void)
{
    static const struct { int number; const char *name; } operations[] = {
        {EPOLL_CTL_ADD, "ADD"}, {EPOLL_CTL_ADD, "ADD"}, {EPOLL_CTL_ADD, "ADD"},
        {EPOLL_CTL_MOD, "MOD"}, {EPOLL_CTL_DEL, "DEL"}, {77, "77"},
    };
    static const unsigned events[] = {
        EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT, EPOLLIN | EPOLLET, EPOLLOUT | EPOLLET, 0,
        EPOLLIN | EPOLLONESHOT, EPOLLIN | EPOLLRDHUP,
    };
    int at = pick_slot(), slot = pick_slot();
    unsigned choice = pick(COUNT(operations));
    struct epoll_event event = {.events = PICK(events), .data.u64 = slot + MARK};
    calls("epoll_ctl(f%d, %s, f%d, %#x)", at, operations[choice].name, slot, event.events);
    gave(epoll_ctl(slots[at], operations[choice].number, slots[slot], &event));
}

static void do_epoll_wait(void)
{
    static const int rooms[] = {8, 8, 8, 8, 0, -1};
    struct epoll_event events[SLOTS];
    int at = pick_slot(), room = PICK(rooms);
    calls("epoll_wait(f%d, %d)", at, room);
    int count = gave(epoll_wait(slots[at], events, room, 0));
    for (int slot = 0; slot < SLOTS; slot++)
        for (int i = 0; i < count; i++)
            if (events[i].data.u64 == slot + MARK)
                seen(" f%d:%#x", slot, events[i].events);
}

static void do_poll(void)
{
    static const short wanted[] = {POLLIN, POLLOUT, POLLIN | POLLOUT, 0, POLLIN | POLLRDHUP};
    struct pollfd polled[4];
    int count = pick(5);
    calls("poll(");
    for (int i = 0; i < count; i++) {
        int slot = pick_slot();
        polled[i] = (struct pollfd){slots[slot], PICK(wanted), 77};
        seen(" f%d:%#x", slot, polled[i].events);
    }
    seen(")");
    gave(poll(polled, count, 0));
    for (int i = 0; i < count; i++)
        seen(" %#x", polled[i].revents);
}

static void do_select(void)
{
    fd_set readable, writable;
    struct timeval now = {0, 0};
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    calls("select(");
    for (int i = 0; i < 3; i++) {
        int slot = pick_slot();
        seen(" f%d", slot);
        if (slots[slot] < 0 || slots[slot] >= FD_SETSIZE)
            continue;
        FD_SET(slots[slot], &readable);
        FD_SET(slots[slot], &writable);
    }
    seen(")");
    long long count = gave(select(64, &readable, &writable, NULL, &now));
    for (int slot = 0; count > 0 && slot < SLOTS; slot++)
        if (slots[slot] >= 0)
            seen(" %d%d", !!FD_ISSET(slots[slot], &readable), !!FD_ISSET(slots[slot], &writable));
}

static void do_pipe_size(void)
{
    static const int sizes[] = {4096, 1, 100000, 0, 65536};
    int slot = pick_slot(), size = PICK(sizes);
    if (pick(2)) {
        calls("fcntl(f%d, GETPIPE_SZ)", slot);
        gave(fcntl(slots[slot], F_GETPIPE_SZ));
    } else {
        calls("fcntl(f%d, SETPIPE_SZ, %d)", slot, size);
        gave(fcntl(slots[slot], F_SETPIPE_SZ, size));
    }
}

static void begin_waiting(void)
{
    int pair[2] = {-1, -1};
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 3 + MARK};
    if (pipe2(pair, O_NONBLOCK) != 0)
        put_line("no pipe");
    slot_fill(3, pair[0]);
    slot_fill(4, pair[1]);
    slot_fill(5, eventfd(0, EFD_NONBLOCK));
    slot_fill(6, epoll_create1(0));
    if (epoll_ctl(slots[6], EPOLL_CTL_ADD, slots[3], &event) != 0)
        put_line("no epoll");
}

static const struct operation waiting_group_list[] = {
    OPERATION(6, pipe), OPERATION(2, socketpair), OPERATION(1, shutdown), OPERATION(5, eventfd),
    OPERATION(2, timer), OPERATION(4, epoll_create), OPERATION(12, epoll_ctl),
    OPERATION(10, epoll_wait), OPERATION(8, poll), OPERATION(3, select), OPERATION(2, pipe_size),
};
GROUP(waiting_group, begin_waiting, NULL);
