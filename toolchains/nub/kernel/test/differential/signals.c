/* Signals: to the process and to a thread, queued, waited for, and read from a descriptor. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { QUEUED = 40, LATER = 41 };

static char log_[200];

static void noted(int number, siginfo_t *info, void *context)
{
    (void)context;
    size_t size = strlen(log_);
    if (size + 30 < sizeof log_)
        snprintf(log_ + size, sizeof log_ - size, "%d/%d/%d ", number, info->si_code,
                 info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
}

static void handle(int number, int flags)
{
    struct sigaction action = {.sa_sigaction = noted, .sa_flags = SA_SIGINFO | flags};
    log_[0] = '\0';
    CALL(sigaction(number, &action, NULL));
}

static sigset_t set_of(int a, int b)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, a);
    sigaddset(&set, b);
    return set;
}

static int send(int number, int value)
{
    return sigqueue(getpid(), number, (union sigval){.sival_int = value});
}

static void real_time_signals_queue(void)
{
    sigset_t set = set_of(QUEUED, LATER);
    handle(QUEUED, 0);
    handle(LATER, 0);
    CALL(sigprocmask(SIG_BLOCK, &set, NULL));
    CALL(send(LATER, 9));
    CALL(send(QUEUED, 1));
    CALL(send(QUEUED, 2));
    CALL(send(QUEUED, 3));
    CALL(sigprocmask(SIG_UNBLOCK, &set, NULL));
    TEXT(log_);
}

static void others_do_not(void)
{
    sigset_t set = set_of(SIGUSR1, SIGUSR2);
    handle(SIGUSR1, 0);
    CALL(sigprocmask(SIG_BLOCK, &set, NULL));
    CALL(send(SIGUSR1, 1));
    CALL(send(SIGUSR1, 2));
    CALL(kill(getpid(), SIGUSR1));
    CALL(sigprocmask(SIG_UNBLOCK, &set, NULL));
    TEXT(log_);
}

static void codes(void)
{
    handle(SIGUSR1, 0);
    CALL(kill(getpid(), SIGUSR1));
    CALL(raise(SIGUSR1));
    CALL(send(SIGUSR1, 5));
    CALL(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1));
    TEXT(log_);
}

static void waited_for(void)
{
    sigset_t set = set_of(SIGUSR1, QUEUED);
    siginfo_t info = {0};
    struct timespec now = {0, 0}, odd = {0, 2000000000};
    int number = 0;
    CALL(sigprocmask(SIG_BLOCK, &set, NULL));
    CALL(sigtimedwait(&set, &info, &now));
    CALL(sigtimedwait(&set, &info, &odd));
    CALL(send(QUEUED, 7));
    CALL(kill(getpid(), SIGUSR1));
    CALL(sigtimedwait(&set, &info, &now));
    VALUE(info.si_code);
    CALL(sigwaitinfo(&set, &info));
    VALUE(info.si_code);
    VALUE(info.si_value.sival_int);
    CALL(kill(getpid(), SIGUSR1));
    FAILS(sigwait(&set, &number));
    VALUE(number);
}

static void *send_later(void *number)
{
    usleep(50 * 1000);
    kill(getpid(), (int)(intptr_t)number);
    return NULL;
}

static void waits_in_a_thread(void)
{
    sigset_t set = set_of(SIGUSR1, SIGUSR2);
    siginfo_t info = {0};
    pthread_t thread;
    struct timespec second = {2, 0};
    CALL(sigprocmask(SIG_BLOCK, &set, NULL));
    FAILS(pthread_create(&thread, NULL, send_later, (void *)SIGUSR2));
    CALL(sigtimedwait(&set, &info, &second));
    pthread_join(thread, NULL);
}

/* A call that waits ends with EINTR, or goes on after the handler. */
static void interrupted(void)
{
    int ends[2];
    char byte;
    pthread_t thread;
    sigset_t set = set_of(SIGUSR1, SIGUSR1), old;
    struct pollfd polled;
    CALL(pipe(ends));
    polled = (struct pollfd){ends[0], POLLIN, 0};
    handle(SIGUSR1, 0);
    /* The thread must not take it. */
    pthread_sigmask(SIG_BLOCK, &set, &old);
    pthread_create(&thread, NULL, send_later, (void *)SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    CALL(read(ends[0], &byte, 1));
    pthread_join(thread, NULL);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    pthread_create(&thread, NULL, send_later, (void *)SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    CALL(poll(&polled, 1, 2000));
    pthread_join(thread, NULL);
    handle(SIGUSR1, SA_RESTART);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    pthread_create(&thread, NULL, send_later, (void *)SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    CALL(poll(&polled, 1, 2000));
    pthread_join(thread, NULL);
    TEXT(log_);
}

static int wake_fd;

static void *signal_then_write(void *unused)
{
    usleep(50 * 1000);
    kill(getpid(), SIGUSR1);
    usleep(50 * 1000);
    return write(wake_fd, "x", 1) == 1 ? unused : NULL;
}

static void restarted(void)
{
    int ends[2];
    char byte;
    pthread_t thread;
    sigset_t set = set_of(SIGUSR1, SIGUSR1), old;
    CALL(pipe(ends));
    wake_fd = ends[1];
    handle(SIGUSR1, SA_RESTART);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    pthread_create(&thread, NULL, signal_then_write, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    CALL(read(ends[0], &byte, 1));
    pthread_join(thread, NULL);
    TEXT(log_);
}

/* Only a thread that does not block a signal takes it. */
static volatile int taken_by;
static __thread int me;

static void take(int number)
{
    (void)number;
    taken_by = me;
}

static void *taker(void *set)
{
    me = 2;
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
    for (int i = 0; i < 100 && taken_by == 0; i++)
        usleep(10 * 1000);
    return NULL;
}

static void taken_by_who_may(void)
{
    struct sigaction action = {.sa_handler = take};
    sigset_t set = set_of(SIGUSR1, SIGUSR1);
    pthread_t thread;
    me = 1;
    taken_by = 0;
    CALL(sigaction(SIGUSR1, &action, NULL));
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&thread, NULL, taker, &set);
    usleep(50 * 1000);
    CALL(kill(getpid(), SIGUSR1));
    pthread_join(thread, NULL);
    VALUE(taken_by);
}

static void read_from_a_descriptor(void)
{
    sigset_t set = set_of(SIGUSR1, QUEUED);
    struct signalfd_siginfo info[3] = {0};
    struct pollfd polled;
    int fd = signalfd(-1, &set, SFD_NONBLOCK);
    polled = (struct pollfd){fd, POLLIN, 0};
    CALL(sigprocmask(SIG_BLOCK, &set, NULL));
    CALL(read(fd, info, sizeof info));
    CALL(poll(&polled, 1, 0));
    CALL(send(QUEUED, 3));
    CALL(send(QUEUED, 4));
    CALL(kill(getpid(), SIGUSR1));
    CALL(poll(&polled, 1, 0));
    CALL(read(fd, info, 10));
    CALL(read(fd, info, sizeof info));
    for (int i = 0; i < 3; i++)
        record("info", "%u %d %d %d", info[i].ssi_signo, info[i].ssi_code, info[i].ssi_int,
               info[i].ssi_pid == (unsigned)getpid());
    CALL(signalfd(open("/dev/null", O_RDONLY), &set, 0));
    CALL(signalfd(-1, &set, 77));
}

static void pending_ones(void)
{
    sigset_t set = set_of(SIGUSR1, SIGCHLD), pending;
    CALL(sigprocmask(SIG_BLOCK, &set, NULL));
    CALL(raise(SIGUSR1));
    CALL(kill(getpid(), SIGCHLD));
    CALL(sigpending(&pending));
    VALUE(sigismember(&pending, SIGUSR1));
    VALUE(sigismember(&pending, SIGCHLD));
    CALL(signal(SIGUSR1, SIG_IGN) == SIG_DFL);
    CALL(sigpending(&pending));
    VALUE(sigismember(&pending, SIGUSR1));
}

static void errors(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigset_t set = set_of(SIGUSR1, SIGUSR1);
    CALL(sigaction(SIGKILL, &action, NULL));
    CALL(sigaction(SIGSTOP, &action, NULL));
    CALL(sigaction(65, &action, NULL));
    CALL(sigaction(0, &action, NULL));
    CALL(kill(getpid(), 65));
    CALL(kill(getpid(), 0));
    CALL(kill(99999, 0));
    CALL(kill(99999, SIGUSR1));
    CALL(syscall(SYS_tgkill, getpid(), 99999, 0));
    CALL(syscall(SYS_tgkill, getpid(), -1, 0));
    CALL(sigprocmask(77, &set, NULL));
    CALL(sigprocmask(77, NULL, NULL));
    CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4));
}

static void handler_masks(void)
{
    struct sigaction action = {.sa_sigaction = noted, .sa_flags = SA_SIGINFO | SA_RESETHAND}, old;
    log_[0] = '\0';
    CALL(sigaction(SIGCHLD, &action, NULL));
    CALL(raise(SIGCHLD));
    CALL(raise(SIGCHLD));
    TEXT(log_);
    CALL(sigaction(SIGCHLD, NULL, &old));
    VALUE(old.sa_handler == SIG_DFL);
}

TOPIC(signals, CASE(real_time_signals_queue), CASE(others_do_not), CASE(codes), CASE(waited_for),
      CASE(waits_in_a_thread), CASE(interrupted), CASE(restarted), CASE(taken_by_who_may),
      CASE(read_from_a_descriptor), CASE(pending_ones), CASE(errors), CASE(handler_masks));
