/*
 * Every pointer of every call, one at a time, leading nowhere: null, to nothing,
 * out of the address space, to a page that nobody may use, to one that may only be
 * read, and to the last four bytes before a hole.
 */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

/* Where musl has another number for its 64-bit times on 32-bit machines. */
#ifndef SYS_timerfd_settime64
#define SYS_timerfd_settime64 SYS_timerfd_settime
#define SYS_timerfd_gettime64 SYS_timerfd_gettime
#define SYS_timer_settime64 SYS_timer_settime
#define SYS_timer_gettime64 SYS_timer_gettime
#define SYS_pselect6_time64 SYS_pselect6
#define SYS_ppoll_time64 SYS_ppoll
#define SYS_recvmmsg_time64 SYS_recvmmsg
#define SYS_clock_nanosleep_time64 SYS_clock_nanosleep
#define SYS_futex_time64 SYS_futex
#define SYS_rt_sigtimedwait_time64 SYS_rt_sigtimedwait
#define SYS_sched_rr_get_interval_time64 SYS_sched_rr_get_interval
#define SYS_select_ SYS_select
#else
#define SYS_select_ SYS__newselect
#endif
#ifndef SYS_getresuid32
#define SYS_getresuid32 SYS_getresuid
#define SYS_getresgid32 SYS_getresgid
#endif
#ifndef SYS_sendfile64
#define SYS_sendfile64 SYS_sendfile
#endif
#ifndef SYS_gettimeofday
#define SYS_gettimeofday SYS_gettimeofday_time32
#endif

struct bad {
    const char *name;
    void *address;
};

static struct bad bad[6];

/* Makes what the bad pointers lead to afresh: calls may write there. */
static void make_bad(void)
{
    char *pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    mprotect(pages, PAGE, PROT_READ);
    mprotect(pages + PAGE, PAGE, PROT_NONE);
    munmap(pages + 3 * PAGE, PAGE);
    bad[0] = (struct bad){"null", NULL};
    bad[1] = (struct bad){"nothing", (void *)16};
    bad[2] = (struct bad){"outside", (void *)(sizeof(long) == 8 ? (intptr_t)0xbffff0000000fff0 : -16L)};
    bad[3] = (struct bad){"forbidden", pages + PAGE};
    bad[4] = (struct bad){"readable", pages};
    bad[5] = (struct bad){"end", pages + 3 * PAGE - 4};
}

/* One call with each bad pointer as `bad_` in its arguments; `before` makes it possible. */
#define EACH(before, ...) do { \
    make_bad(); \
    for (unsigned i_ = 0; i_ < COUNT(bad); i_++) { \
        void *bad_ = bad[i_].address; \
        char what_[200]; \
        before; \
        errno = 0; \
        long answer_ = syscall(__VA_ARGS__); \
        snprintf(what_, sizeof what_, "%s %s", #__VA_ARGS__, bad[i_].name); \
        record_answer(what_, answer_); \
    } \
} while (0)

static void addresses(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "s"};
    socklen_t length = sizeof name;
    int ends[2], listener = socket(AF_UNIX, SOCK_STREAM, 0), datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    EACH(, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, bad_);
    EACH(, SYS_bind, datagrams, bad_, 10);
    EACH(, SYS_connect, datagrams, bad_, 10);
    EACH(, SYS_bind, 99, bad_, 10);
    EACH(, SYS_bind, datagrams, bad_, -1);
    EACH(, SYS_sendto, datagrams, "x", 1, 0, bad_, 10);
    EACH(length = sizeof name, SYS_getsockname, ends[0], bad_, &length);
    EACH(, SYS_getsockname, ends[0], &name, bad_);
    EACH(length = sizeof name, SYS_getpeername, ends[0], bad_, &length);
    EACH(, SYS_getpeername, ends[0], &name, bad_);
    CALL(bind(listener, (struct sockaddr *)&name, sizeof name));
    CALL(listen(listener, 50));
    EACH(({
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        connect(client, (struct sockaddr *)&name, sizeof name);
        length = sizeof name;
    }), SYS_accept4, listener, bad_, &length, 0);
}

/* What would be received next: whether a bad pointer loses it depends on the pointer. */
static void drain(int fd)
{
    char buffer[64];

    while (read(fd, buffer, sizeof buffer) > 0)
        continue;
}

static void data(void)
{
    struct sockaddr_un name;
    socklen_t length = sizeof name;
    char buffer[64];
    int stream[2], packets[2];
    CALL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, stream));
    CALL(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, packets));
    EACH(, SYS_sendto, stream[0], bad_, 10, 0, NULL, 0);
    EACH(, SYS_sendto, packets[0], bad_, 10, 0, NULL, 0);
    EACH(, SYS_write, stream[0], bad_, 10);
    drain(stream[1]);
    drain(packets[1]);
    CALL(write(stream[0], "stream data", 11));
    EACH(, SYS_recvfrom, stream[1], bad_, 10, 0, NULL, NULL);
    EACH(, SYS_read, stream[1], bad_, 10);
    EACH((drain(packets[1]), write(packets[0], "a packet", 8)), SYS_recvfrom, packets[1], bad_, 10, 0, NULL, NULL);
    EACH((drain(packets[1]), write(packets[0], "a packet", 8)), SYS_recvfrom, packets[1], buffer, 10, 0, &name, bad_);
    EACH((drain(packets[1]), write(packets[0], "a packet", 8), length = 10), SYS_recvfrom, packets[1], buffer, 10, 0, bad_, &length);
}

static void messages(void)
{
    struct iovec part = {(char[8]){"message"}, 8}, broken;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct mmsghdr several[2] = {{.msg_hdr = message}, {.msg_hdr = message}};
    struct timespec time = {0};
    int ends[2];
    CALL(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends));
    EACH(, SYS_sendmsg, ends[0], bad_, 0);
    EACH(, SYS_sendmsg, 99, bad_, 0);
    EACH((message.msg_iov = bad_), SYS_sendmsg, ends[0], &message, 0);
    message.msg_iov = &broken;
    EACH((broken = (struct iovec){bad_, 8}), SYS_sendmsg, ends[0], &message, 0);
    message.msg_iov = &part;
    message.msg_controllen = 32;
    EACH((message.msg_control = bad_), SYS_sendmsg, ends[0], &message, 0);
    message.msg_controllen = 0;
    message.msg_control = NULL;
    message.msg_namelen = 20;
    EACH((message.msg_name = bad_), SYS_sendmsg, ends[0], &message, 0);
    message = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
    EACH(, SYS_sendmmsg, ends[0], bad_, 2, 0);
    EACH((several[1].msg_hdr.msg_iov = bad_), SYS_sendmmsg, ends[0], several, 2, 0);
    several[1].msg_hdr = message;
    drain(ends[1]);
    EACH((drain(ends[1]), write(ends[0], "x", 1)), SYS_recvmsg, ends[1], bad_, 0);
    EACH((drain(ends[1]), write(ends[0], "x", 1), message.msg_iov = bad_), SYS_recvmsg, ends[1], &message, 0);
    message.msg_iov = &broken;
    EACH((drain(ends[1]), write(ends[0], "x", 1), broken = (struct iovec){bad_, 8}), SYS_recvmsg, ends[1], &message, 0);
    message.msg_iov = &part;
    EACH((drain(ends[1]), write(ends[0], "x", 1)), SYS_recvmmsg_time64, ends[1], bad_, 1, 0, NULL);
    EACH((drain(ends[1]), write(ends[0], "x", 1)), SYS_recvmmsg_time64, ends[1], several, 1, 0, bad_);
    EACH((drain(ends[1]), write(ends[0], "x", 1), several[0].msg_hdr.msg_iov = bad_), SYS_recvmmsg_time64, ends[1], several, 1, 0, &time);
}

static void options(void)
{
    int ends[2], value = 0;
    socklen_t length = sizeof value;
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    EACH(length = sizeof value, SYS_getsockopt, ends[0], SOL_SOCKET, SO_TYPE, bad_, &length);
    EACH(, SYS_getsockopt, ends[0], SOL_SOCKET, SO_TYPE, &value, bad_);
    EACH(length = 100, SYS_getsockopt, ends[0], SOL_SOCKET, SO_PEERCRED, bad_, &length);
    EACH(, SYS_setsockopt, ends[0], SOL_SOCKET, SO_PASSCRED, bad_, sizeof value);
    EACH(, SYS_setsockopt, ends[0], SOL_SOCKET, SO_RCVTIMEO, bad_, sizeof(struct timeval));
    EACH(, SYS_setsockopt, ends[0], SOL_SOCKET, SO_SNDBUF, bad_, -1);
}

static void nothing(int signal)
{
    (void)signal;
}

static void clocks(void)
{
    struct itimerspec later = {.it_value.tv_sec = 1000};
    struct itimerval soon = {.it_value.tv_usec = 20000}, none = {0};
    struct timespec second = {.tv_sec = 1};
    int fd = timerfd_create(CLOCK_MONOTONIC, 0), timer = -1;
    EACH(, SYS_timerfd_settime64, fd, 0, bad_, NULL);
    EACH(, SYS_timerfd_settime64, fd, 0, &later, bad_);
    EACH(, SYS_timerfd_gettime64, fd, bad_);
    EACH(, SYS_timerfd_gettime64, 99, bad_);
    EACH(, SYS_timer_create, CLOCK_MONOTONIC, NULL, bad_);
    EACH(, SYS_timer_create, CLOCK_MONOTONIC, bad_, &timer);
    CALL(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer) == 0);
    EACH(, SYS_timer_settime64, timer, 0, bad_, NULL);
    EACH(, SYS_timer_settime64, timer, 0, &later, bad_);
    EACH(, SYS_timer_gettime64, timer, bad_);
    EACH(, SYS_setitimer, ITIMER_REAL, bad_, NULL);
    EACH(, SYS_setitimer, ITIMER_REAL, &none, bad_);
    EACH(, SYS_setitimer, 7, bad_, NULL);
    EACH(, SYS_getitimer, ITIMER_REAL, bad_);
    EACH(, SYS_getitimer, 7, bad_);
    EACH(, SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 0, bad_, NULL);
    CALL(signal(SIGALRM, nothing) == SIG_DFL);
    EACH(setitimer(ITIMER_REAL, &soon, NULL), SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 0, &second, bad_);
    EACH(, SYS_gettimeofday, bad_, NULL);
    EACH(, SYS_gettimeofday, NULL, bad_);
}

static void waits(void)
{
    struct epoll_event event = {.events = EPOLLIN}, events[4];
    struct timespec none = {0};
    fd_set set, one;
    uint64_t mask = 0;
    int list = epoll_create1(0), ends[2];
    struct pollfd wanted = {.events = POLLIN};
    CALL(pipe(ends));
    CALL(write(ends[1], "x", 1));
    CALL(epoll_ctl(list, EPOLL_CTL_ADD, ends[0], &event));
    wanted.fd = ends[0];
    FD_ZERO(&one);
    FD_SET(ends[0], &one);
    EACH(, SYS_epoll_pwait, list, bad_, 4, 0, NULL, 8);
    EACH(, SYS_epoll_pwait, list, events, 4, 0, bad_, 8);
    EACH(, SYS_epoll_pwait2, list, bad_, 4, &none, NULL, 8);
    EACH(, SYS_epoll_pwait2, list, events, 4, bad_, NULL, 8);
    EACH(, SYS_epoll_pwait2, list, events, 4, &none, bad_, 8);
    EACH(set = one, SYS_select_, 40, &set, NULL, NULL, bad_);
    EACH(, SYS_select_, 40, bad_, NULL, NULL, &none);
    EACH(, SYS_select_, 40, NULL, NULL, bad_, &none);
    EACH(set = one, SYS_pselect6_time64, 20, &set, NULL, NULL, bad_, NULL);
    EACH(set = one, SYS_pselect6_time64, 20, &set, NULL, NULL, &none, bad_);
    EACH(, SYS_ppoll_time64, bad_, 1, &none, NULL, 8);
    EACH(, SYS_ppoll_time64, &wanted, 1, bad_, NULL, 8);
    EACH(, SYS_ppoll_time64, &wanted, 1, &none, bad_, 8);
    mask = 1ULL << (SIGUSR1 - 1);
    CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, 8));
    EACH(, SYS_rt_sigtimedwait_time64, bad_, NULL, &none, 8);
    EACH(raise(SIGUSR1), SYS_rt_sigtimedwait_time64, &mask, bad_, &none, 8);
}

/* The kernel's calls tell how much of the time is left; libc's keep that to themselves. */
static void time_left(void)
{
    struct timeval tenth = {.tv_usec = 100000}, late = {.tv_sec = 100}, odd = {.tv_usec = 2500000};
    struct timespec exact = {.tv_sec = 100};
    long words[2] = {100, 0};
    fd_set set;
    int ends[2];
    CALL(pipe(ends));
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    words[0] = 0, words[1] = tenth.tv_usec;
    CALL(syscall(SYS_select_, ends[0] + 1, &set, NULL, NULL, words));
    VALUE(words[0] * 1000000 + words[1]);
    CALL(write(ends[1], "x", 1));
    FD_SET(ends[0], &set);
    words[0] = late.tv_sec, words[1] = 0;
    CALL(syscall(SYS_select_, ends[0] + 1, &set, NULL, NULL, words));
    VALUE(words[0] == 99 && words[1] > 0);
    CALL(syscall(SYS_pselect6_time64, ends[0] + 1, &set, NULL, NULL, &exact, NULL));
    VALUE(exact.tv_sec == 99);
    words[0] = 0, words[1] = odd.tv_usec;
    CALL(syscall(SYS_select_, ends[0] + 1, &set, NULL, NULL, words));
    VALUE(words[0]);
    words[0] = -1;
    CALL(syscall(SYS_select_, ends[0] + 1, &set, NULL, NULL, words));
}

static void words(void)
{
    int word = 0;
    struct timespec none = {0};
    EACH(, SYS_futex_time64, bad_, FUTEX_WAIT_PRIVATE, 77, &none, NULL, 0);
    EACH(word = 0, SYS_futex_time64, &word, FUTEX_WAIT_PRIVATE, 1, bad_, NULL, 0);
    EACH(, SYS_futex_time64, bad_, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* What else is told about the process and its threads. */
static void process(void)
{
    unsigned id;
    cpu_set_t processors;
    CALL(sched_getaffinity(0, sizeof processors, &processors) > 0);
    EACH(, SYS_prctl, PR_SET_NAME, bad_, 0, 0, 0);
    EACH(, SYS_prctl, PR_GET_NAME, bad_, 0, 0, 0);
    EACH(, SYS_prctl, PR_GET_PDEATHSIG, bad_, 0, 0, 0);
    EACH(, SYS_prctl, PR_GET_CHILD_SUBREAPER, bad_, 0, 0, 0);
    EACH(, SYS_getresuid32, bad_, &id, &id);
    EACH(, SYS_getresuid32, &id, &id, bad_);
    EACH(, SYS_getresgid32, &id, bad_, &id);
    EACH(, SYS_sched_getparam, 0, bad_);
    EACH(, SYS_sched_setparam, 0, bad_);
    EACH(, SYS_sched_setscheduler, 0, SCHED_OTHER, bad_);
    EACH(, SYS_sched_rr_get_interval_time64, 0, bad_);
    EACH(, SYS_sched_getaffinity, 0, 128, bad_);
    EACH(, SYS_sched_setaffinity, 0, 8, bad_);
    EACH(, SYS_sched_setparam, 99999, bad_);
    EACH(, SYS_getcpu, bad_, NULL, NULL);
    EACH(, SYS_getcpu, NULL, bad_, NULL);
    EACH(, SYS_prlimit64, 0, RLIMIT_CORE, NULL, bad_);
    EACH(, SYS_prlimit64, 0, RLIMIT_CORE, bad_, NULL);
    EACH(, SYS_setrlimit, 99, bad_);
    EACH(, SYS_uname, bad_);
    EACH(, SYS_sysinfo, bad_);
    EACH(, SYS_sigaltstack, NULL, bad_);
    EACH(, SYS_rt_sigaction, SIGUSR1, NULL, bad_, 8);
    EACH(, SYS_sched_setparam, -1, bad_);
}

static void controls(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600), ends[2], sockets[2];
    CALL(pipe(ends));
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
    EACH(, SYS_ioctl, fd, FIONREAD, bad_);
    EACH(, SYS_ioctl, ends[0], FIONREAD, bad_);
    EACH(, SYS_ioctl, sockets[0], FIONREAD, bad_);
    EACH(, SYS_ioctl, fd, FIONBIO, bad_);
    EACH(, SYS_fcntl, fd, F_GETLK, bad_);
    EACH(, SYS_fcntl, fd, F_SETLK, bad_);
    EACH(, SYS_fcntl, fd, F_OFD_GETLK, bad_);
    EACH(, SYS_sendfile64, ends[1], fd, bad_, 1);
    EACH(, SYS_copy_file_range, fd, bad_, fd, NULL, 1, 0);
    EACH(, SYS_getdents64, fd, bad_, 100);
    EACH(, SYS_mincore, (long)&bad & -PAGE, PAGE, bad_);
}

TOPIC(bad_pointers, CASE(addresses), CASE(data), CASE(messages), CASE(options), CASE(clocks), CASE(waits),
      CASE(time_left), CASE(words), CASE(process), CASE(controls));
