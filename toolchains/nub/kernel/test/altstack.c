/*
 * Shows handlers on alternate stacks, as coroutines are made with them: a
 * handler that returns and is entered again by longjmp, masks that hold for
 * one call, signals between threads, and a busy thread that is interrupted.
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_SIZE (256 * 1024)

static char *stack;
static jmp_buf inside, outside;
static volatile int entered, steps, caught, stop;
static volatile uintptr_t handler_stack;

static void trampoline(int signal)
{
    volatile int local = 0;

    entered = signal;
    handler_stack = (uintptr_t)&local;
    if (!setjmp(inside))
        return;
    /* From here on a coroutine of its own. */
    for (;;) {
        local++;
        steps = local;
        if (!setjmp(inside))
            longjmp(outside, 1);
    }
}

static void handler(int signal, siginfo_t *information, void *context)
{
    ucontext_t *uc = context;

    if (information->si_signo == signal && uc)
        caught = signal;
}

static void install(int signal, int flags, void (*function)(int))
{
    struct sigaction action = { .sa_handler = function, .sa_flags = flags };

    sigfillset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

static void check_coroutine(void)
{
    stack_t own = { .ss_sp = stack, .ss_size = STACK_SIZE }, before, now;
    sigset_t blocked, old, all;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    CHECK(!pthread_sigmask(SIG_BLOCK, &blocked, &old));
    install(SIGUSR2, SA_ONSTACK, trampoline);
    CHECK(!sigaltstack(&own, &before) && before.ss_flags == SS_DISABLE);
    CHECK(!pthread_kill(pthread_self(), SIGUSR2) && !entered);
    sigfillset(&all);
    sigdelset(&all, SIGUSR2);
    while (!entered)
        sigsuspend(&all);
    CHECK(entered == SIGUSR2);
    CHECK(handler_stack >= (uintptr_t)stack && handler_stack < (uintptr_t)stack + STACK_SIZE);
    own.ss_flags = SS_DISABLE;
    CHECK(!sigaltstack(&own, NULL) && !sigaltstack(NULL, &now) && now.ss_flags == SS_DISABLE);
    pthread_sigmask(SIG_SETMASK, NULL, &all);
    CHECK(sigismember(&all, SIGUSR2) && !sigismember(&all, SIGUSR1));
    pthread_sigmask(SIG_SETMASK, &old, NULL);

    for (volatile int i = 0; i < 1000; i++)
        if (!setjmp(outside))
            longjmp(inside, 1);
    CHECK(steps == 1000);
}

static void *spin(void *argument)
{
    (void)argument;
    while (caught != SIGUSR1 && !stop)
        ;
    return (void *)(long)caught;
}

static void *sleeper(void *argument)
{
    struct timespec left = { 0 }, request = { 20, 0 };

    (void)argument;
    return (void *)(long)(nanosleep(&request, &left) == -1 && errno == EINTR && left.tv_sec >= 15);
}

static void *waiter(void *argument)
{
    siginfo_t information;
    sigset_t set;

    (void)argument;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    return (void *)(long)(sigwaitinfo(&set, &information) == SIGUSR1 && information.si_signo == SIGUSR1);
}

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif

static stack_t seen;
static volatile int changed;

static void change(int signal, siginfo_t *information, void *context)
{
    stack_t other = { .ss_sp = stack + STACK_SIZE / 2, .ss_size = STACK_SIZE / 2 };

    (void)signal;
    (void)information;
    handler_stack = (uintptr_t)&other;
    sigaltstack(NULL, &seen);
    changed = !sigaltstack(&other, NULL) && ((ucontext_t *)context)->uc_stack.ss_flags == (int)SS_AUTODISARM;
}

/* The stack is put away while a handler runs, which may set another one; what was
 * there comes back when it returns. */
static void disarmed(void)
{
    struct sigaction action = { .sa_sigaction = change, .sa_flags = SA_ONSTACK | SA_SIGINFO };
    stack_t set = { .ss_sp = stack, .ss_size = STACK_SIZE / 2, .ss_flags = SS_AUTODISARM }, now;

    CHECK(!sigaltstack(&set, NULL) && !sigaltstack(NULL, &now) && now.ss_flags == (int)SS_AUTODISARM);
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR2);
    CHECK(handler_stack - (uintptr_t)stack < STACK_SIZE / 2);
    CHECK(changed && seen.ss_flags == SS_DISABLE);
    CHECK(!sigaltstack(NULL, &now) && now.ss_sp == stack && now.ss_flags == (int)SS_AUTODISARM);
    set.ss_flags = SS_DISABLE;
    CHECK(!sigaltstack(&set, NULL));
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
    struct timespec moment = { 0, 50000000 };
    pthread_t thread;
    sigset_t set;
    void *result;

    stack = mmap(NULL, STACK_SIZE + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(stack, 4096, PROT_NONE);
    check_coroutine();

    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, spin, NULL);
    usleep(20000);
    CHECK(!pthread_kill(thread, SIGUSR1));
    usleep(100000);
    stop = 1;
    CHECK(!pthread_join(thread, &result) && (long)result == SIGUSR1);

    caught = 0;
    pthread_create(&thread, NULL, sleeper, NULL);
    usleep(20000);
    CHECK(!pthread_kill(thread, SIGUSR1));
    CHECK(!pthread_join(thread, &result) && result && caught == SIGUSR1);

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    caught = 0;
    pthread_create(&thread, NULL, waiter, NULL);
    usleep(20000);
    CHECK(!pthread_kill(thread, SIGUSR1));
    CHECK(!pthread_join(thread, &result) && result && !caught);
    CHECK(sigtimedwait(&set, NULL, &moment) == -1 && errno == EAGAIN);
    CHECK(!raise(SIGUSR1) && sigtimedwait(&set, NULL, &moment) == SIGUSR1);
    disarmed();
    return failures;
}
