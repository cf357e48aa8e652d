/* Signals that a program sends to itself and to its threads: masks, queues, waiting, other stacks. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t caught, nested, depth, value;
static volatile uintptr_t where;
static pthread_t volatile catcher;

static void handler(int number)
{
    char here;

    caught = number;
    where = (uintptr_t)&here;
    catcher = pthread_self();
}

static void deeper(int number)
{
    nested |= depth++;
    if (number == SIGUSR1)
        raise(SIGUSR2);
    depth--;
    caught++;
}

static void informed(int number, siginfo_t *info, void *context)
{
    caught = number;
    value = info->si_value.sival_int;
    nested = info->si_signo == number && context != NULL;
}

static void set(int number, void (*function)(int), int flags, int masked)
{
    struct sigaction action = { .sa_handler = function, .sa_flags = flags };

    sigemptyset(&action.sa_mask);
    if (masked)
        sigaddset(&action.sa_mask, masked);
    CHECK(!sigaction(number, &action, NULL));
}

static void handlers(void)
{
    struct sigaction old;

    set(SIGUSR1, handler, 0, 0);
    CHECK(!raise(SIGUSR1) && caught == SIGUSR1);
    CHECK(!kill(getpid(), SIGUSR1) && !kill(getpid(), 0));
    CHECK(!sigaction(SIGUSR1, NULL, &old) && old.sa_handler == handler);
    set(SIGUSR1, handler, SA_RESETHAND, 0);
    raise(SIGUSR1);
    CHECK(!sigaction(SIGUSR1, NULL, &old) && old.sa_handler == SIG_DFL);
    CHECK(signal(SIGUSR1, SIG_IGN) == SIG_DFL && !raise(SIGUSR1));
    CHECK(sigaction(SIGKILL, &old, NULL) == -1 && errno == EINVAL);

    caught = nested = 0;
    set(SIGUSR1, deeper, 0, 0);
    set(SIGUSR2, deeper, 0, 0);
    raise(SIGUSR1);
    CHECK(caught == 2 && nested == 1);
    caught = nested = 0;
    set(SIGUSR1, deeper, 0, SIGUSR2);
    raise(SIGUSR1);
    CHECK(caught == 2 && nested == 0);
}

static void masks(void)
{
    sigset_t one, old, pending;

    set(SIGUSR1, handler, 0, 0);
    caught = 0;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    CHECK(!sigprocmask(SIG_BLOCK, &one, &old) && !sigismember(&old, SIGUSR1));
    raise(SIGUSR1);
    CHECK(!caught && !sigpending(&pending) && sigismember(&pending, SIGUSR1));
    CHECK(sigsuspend(&old) == -1 && errno == EINTR && caught == SIGUSR1);
    CHECK(!sigpending(&pending) && !sigismember(&pending, SIGUSR1));

    raise(SIGUSR1);
    int number = 0;
    CHECK(!sigwait(&one, &number) && number == SIGUSR1);
    CHECK(sigtimedwait(&one, NULL, &(struct timespec){ 0, 5000000 }) == -1 && errno == EAGAIN);
    raise(SIGUSR1);
    int fd = signalfd(-1, &one, SFD_NONBLOCK);
    struct signalfd_siginfo info;
    CHECK(fd >= 0 && read(fd, &info, sizeof info) == sizeof info && info.ssi_signo == SIGUSR1);
    CHECK(read(fd, &info, sizeof info) == -1 && errno == EAGAIN && !close(fd));
    CHECK(!sigprocmask(SIG_SETMASK, &old, NULL));
}

static void with_values(void)
{
    struct sigaction action = { .sa_sigaction = informed, .sa_flags = SA_SIGINFO };

    CHECK(!sigaction(SIGRTMIN, &action, NULL));
    CHECK(!sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 42 }));
    CHECK(caught == SIGRTMIN && value == 42 && nested);
}

static sem_t ready;

static void *wait_for_signal(void *argument)
{
    sem_post(&ready);
    /* A handler without SA_RESTART ends the wait. */
    CHECK(nanosleep(&(struct timespec){ 100, 0 }, NULL) == -1 && errno == EINTR);
    return argument;
}

static void to_threads(void)
{
    pthread_t thread;

    sem_init(&ready, 0, 0);
    caught = 0;
    CHECK(!pthread_create(&thread, NULL, wait_for_signal, NULL));
    sem_wait(&ready);
    usleep(5000);
    CHECK(!pthread_kill(thread, SIGUSR1) && !pthread_join(thread, NULL));
    CHECK(caught == SIGUSR1 && pthread_equal(catcher, thread));
}

static sigjmp_buf back;

static void jump(int number)
{
    siglongjmp(back, number);
}

static void other_stack(void)
{
    static char memory[65536];
    stack_t stack = { .ss_sp = memory, .ss_size = sizeof memory }, old;
    sigset_t now;

    CHECK(!sigaltstack(&stack, NULL) && !sigaltstack(NULL, &old) && old.ss_sp == memory);
    set(SIGUSR1, handler, SA_ONSTACK, 0);
    raise(SIGUSR1);
    CHECK(where - (uintptr_t)memory < sizeof memory);
    stack.ss_flags = SS_DISABLE;
    CHECK(!sigaltstack(&stack, NULL));
    raise(SIGUSR1);
    CHECK(where - (uintptr_t)memory >= sizeof memory);

    set(SIGUSR1, jump, 0, 0);
    for (int round = 0; round < 3; round++) {
        int number = sigsetjmp(back, 1);
        if (!number)
            raise(SIGUSR1);
        CHECK(number == SIGUSR1);
    }
    CHECK(!sigprocmask(SIG_BLOCK, NULL, &now) && !sigismember(&now, SIGUSR1));
}

static void sets(void)
{
    sigset_t all;

    CHECK(!sigfillset(&all) && sigismember(&all, SIGRTMAX) && !sigdelset(&all, SIGINT));
    CHECK(!sigismember(&all, SIGINT) && sigaddset(&all, 1000) == -1 && errno == EINVAL);
    CHECK(SIGRTMAX - SIGRTMIN >= 16);
}

int main(void)
{
    handlers();
    masks();
    with_values();
    to_threads();
    other_stack();
    sets();
    return summary();
}
