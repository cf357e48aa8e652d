/*
 * Shows how handlers run: in which order, with what blocked, once only or again
 * inside of themselves, and what becomes of the call that they interrupt.
 */
#define _GNU_SOURCE
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile int order[8], count, depth, deepest, again;

static void note(int signal)
{
    order[count++ % 8] = signal;
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (again-- > 0)
        raise(signal);
    depth--;
}

static void install(int signal, int flags, int also_blocked)
{
    struct sigaction action = { .sa_handler = note, .sa_flags = flags };

    sigemptyset(&action.sa_mask);
    if (also_blocked)
        sigaddset(&action.sa_mask, also_blocked);
    sigaction(signal, &action, NULL);
    count = depth = deepest = again = 0;
}

/* Each begins before the one that was made ready first has done anything. */
static void check_order(void)
{
    sigset_t all, none;

    sigfillset(&all);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &all, NULL);
    install(SIGUSR1, 0, 0);
    install(SIGUSR2, 0, 0);
    install(SIGRTMIN, 0, 0);
    kill(getpid(), SIGRTMIN);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGUSR1);
    sigprocmask(SIG_SETMASK, &none, NULL);
    CHECK(count == 3 && order[0] == SIGRTMIN && order[1] == SIGUSR2 && order[2] == SIGUSR1);

    sigprocmask(SIG_SETMASK, &all, NULL);
    install(SIGUSR1, 0, SIGUSR2);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGUSR1);
    sigprocmask(SIG_SETMASK, &none, NULL);
    CHECK(count == 2 && order[0] == SIGUSR1 && order[1] == SIGUSR2);
}

static void check_flags(void)
{
    struct sigaction now;

    install(SIGUSR1, 0, 0);
    again = 3;
    raise(SIGUSR1);
    CHECK(count == 4 && deepest == 1);
    install(SIGUSR1, SA_NODEFER, 0);
    again = 3;
    raise(SIGUSR1);
    CHECK(count == 4 && deepest == 4);
    install(SIGUSR1, SA_RESETHAND, 0);
    raise(SIGUSR1);
    CHECK(count == 1 && !sigaction(SIGUSR1, NULL, &now) && now.sa_handler == SIG_DFL);
}

static void ring_in(int milliseconds)
{
    struct itimerval set = { { 0, 0 }, { 0, milliseconds * 1000 } };

    setitimer(ITIMER_REAL, &set, NULL);
}

static void *write_later(void *argument)
{
    usleep(150000);
    return (void *)(long)write(*(int *)argument, "x", 1);
}

static void check_calls(void)
{
    struct timespec pause = { 5, 0 }, left;
    struct pollfd wanted;
    pthread_t thread;
    sigset_t before, set;
    int ends[2];
    char c = 0;

    CHECK(!pipe(ends));
    install(SIGALRM, 0, 0);
    ring_in(50);
    CHECK(read(ends[0], &c, 1) == -1 && errno == EINTR && count == 1);

    install(SIGALRM, SA_RESTART, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    pthread_create(&thread, NULL, write_later, &ends[1]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    ring_in(50);
    CHECK(read(ends[0], &c, 1) == 1 && c == 'x' && count == 1);
    pthread_join(thread, NULL);

    /* These are never made again. */
    wanted = (struct pollfd){ ends[0], POLLIN, 0 };
    ring_in(50);
    CHECK(poll(&wanted, 1, 5000) == -1 && errno == EINTR && count == 2);
    ring_in(50);
    CHECK(nanosleep(&pause, &left) == -1 && errno == EINTR && left.tv_sec == 4 && count == 3);

    /* The mask of one call is gone before the handler's return. */
    pthread_sigmask(SIG_BLOCK, &set, &before);
    raise(SIGALRM);
    pause.tv_sec = 1;
    CHECK(ppoll(&wanted, 1, &pause, &before) == -1 && errno == EINTR && count == 4);
    pthread_sigmask(SIG_SETMASK, &before, &set);
    CHECK(sigismember(&set, SIGALRM));

    /* What came in while the mask kept it out is handled before the call returns. */
    pause = (struct timespec){ 0, 150000000 };
    ring_in(50);
    CHECK(ppoll(NULL, 0, &pause, &set) == 0 && count == 5);

    /* One that is ignored ends no call. */
    signal(SIGALRM, SIG_IGN);
    pthread_create(&thread, NULL, write_later, &ends[1]);
    ring_in(50);
    CHECK(read(ends[0], &c, 1) == 1);
    pthread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
}

/* What a handler makes of the context holds. */
static sigjmp_buf back;

static void change(int signal, siginfo_t *information, void *context)
{
    ucontext_t *uc = context;

    (void)signal;
    (void)information;
    sigaddset(&uc->uc_sigmask, SIGUSR2);
}

static void leave(int signal)
{
    siglongjmp(back, signal);
}

static void check_context(void)
{
    struct sigaction action = { .sa_sigaction = change, .sa_flags = SA_SIGINFO };
    sigset_t now;
    volatile int left = 0;
    int signal_number;

    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    sigprocmask(SIG_SETMASK, NULL, &now);
    CHECK(sigismember(&now, SIGUSR2) && !sigismember(&now, SIGUSR1));
    sigemptyset(&now);
    sigprocmask(SIG_SETMASK, &now, NULL);
    signal(SIGUSR1, leave);
    for (int i = 0; i < 1000; i++) {
        signal_number = sigsetjmp(back, 1);
        if (signal_number)
            left += signal_number == SIGUSR1;
        else
            raise(SIGUSR1);
    }
    CHECK(left == 1000);
    sigprocmask(SIG_SETMASK, NULL, &now);
    CHECK(!sigismember(&now, SIGUSR1));
}

/* Floating-point and vector registers are the interrupted program's. */
static void disturb(int signal)
{
    static volatile double sum;

    (void)signal;
    for (int i = 0; i < 50; i++)
        sum = sum * 1.5 + i;
    count++;
}

static void check_vectors(void)
{
    struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { { 0 }, { 0 } };
    struct timespec start, now;
    long wrong = 0;

    count = 0;
    signal(SIGALRM, disturb);
    setitimer(ITIMER_REAL, &often, NULL);
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        for (int i = 0; i < 2000; i++) {
            double a = i, b = 0;
            long double c = i;

            for (int j = 0; j < 20; j++) {
                b += a * j;
                c += 0.5L;
            }
            wrong += b != a * 190 || c != i + 10;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < start.tv_sec + 2);
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK(count > 50 && !wrong);
}

int main(void)
{
    check_order();
    check_flags();
    check_calls();
    check_context();
    check_vectors();
    return failures;
}
