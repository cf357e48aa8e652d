/*
 * Shows that a signal which comes around a system call finds the program before
 * the call or behind it, never inside: the cancellation of threads depends on it.
 * So it must not make a call that is done look as if it were not.
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __x86_64__
#define IP REG_RIP
#else
#define IP REG_EIP
#endif

/* The way into the kernel that the program is linked with, where it is one. */
extern const unsigned char __nub_syscall[] __attribute__((weak));

#define WAY_IN 256 /* bytes: all ways in and what they share */

static volatile int caught, inside, behind;

static void handler(int signal, siginfo_t *information, void *context)
{
    const unsigned char *ip = (const unsigned char *)((ucontext_t *)context)->uc_mcontext.gregs[IP];

    (void)signal;
    (void)information;
    caught++;
    if (!__nub_syscall)
        return;
    inside += ip >= __nub_syscall && ip < __nub_syscall + WAY_IN;
    /* The nop behind a call that can be cancelled, which is its place while it waits. */
    behind += ip[0] == 0x90 && ip[-5] == 0xe8;
}

static void check_places(void)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART };
    struct itimerval often = { { 0, 150 }, { 0, 150 } }, never = { { 0 }, { 0 } };
    struct timespec start, now;
    int ends[2];
    char c;

    pipe(ends);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        for (int i = 0; i < 1000; i++) {
            getppid();
            write(ends[1], "x", 1);
            read(ends[0], &c, 1);
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < start.tv_sec + 3);
    setitimer(ITIMER_REAL, &never, NULL);
    printf("%d signals: %d inside of a call, %d looked as if it were not done\n", caught, inside, behind);
    CHECK(caught > 100 && !inside && !behind);
}

/* What a cancelled thread has read is gone, and what it has not is there. */
static int pair[2];
static volatile int got;

static void *reader(void *argument)
{
    char c;

    for (;;)
        if (read(pair[0], &c, 1) == 1)
            got++;
    return argument;
}

static void check_cancellation(void)
{
    int good = 1, written = 0, left = 0;
    char c;

    pipe(pair);
    for (int round = 0; round < 300; round++) {
        pthread_t thread;

        pthread_create(&thread, NULL, reader, NULL);
        for (int i = 0; i < round % 7; i++)
            written += write(pair[1], "x", 1);
        if (round % 3)
            usleep(round % 50 * 10);
        pthread_cancel(thread);
        good &= !pthread_join(thread, NULL);
    }
    close(pair[1]);
    while (read(pair[0], &c, 1) == 1)
        left++;
    CHECK(good && got + left == written);
}

int main(void)
{
    check_places();
    check_cancellation();
    return failures;
}
