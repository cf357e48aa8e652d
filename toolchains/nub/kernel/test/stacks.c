/*
 * Shows that programs may have any legal stack: the least that pthread_create
 * takes, one of their own that was never touched, one between other data, small
 * ones for signal handlers; that what lies below the stack pointer stays the
 * program's; and that the first stack is as deep as Linux's.
 */
#define _GNU_SOURCE
#include "check.h"
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define OWN_SIZE (1024 * 1024)

static volatile int stop, handled;
static volatile uintptr_t handler_stack;

/* Calls function(argument) with another stack pointer. */
static void call_on(char *top, void (*function)(void *), void *argument)
{
#ifdef __x86_64__
    __asm__ volatile("mov %%rsp, %%rbx; mov %1, %%rsp; call *%2; mov %%rbx, %%rsp"
                     : "+D"(argument) : "r"(top), "r"(function)
                     : "rbx", "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
#else
    __asm__ volatile("mov %%esp, %%ebx; mov %1, %%esp; sub $12, %%esp; push %0; call *%2; mov %%ebx, %%esp"
                     : "+a"(argument) : "S"(top), "D"(function) : "ebx", "ecx", "edx", "memory", "cc");
#endif
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

/* Long enough that the timer interrupts it, with system calls in between. */
static void be_busy(void *calls)
{
    double end = now() + 0.1;

    while (now() < end)
        for (volatile int i = 0; i < 10000; i++)
            continue;
    (*(int *)calls)++;
}

static void *rival(void *argument)
{
    while (!stop)
        continue;
    return argument;
}

static void *least(void *argument)
{
    be_busy(argument);
    usleep(1000);
    return argument;
}

static void handler(int signal)
{
    int calls = 0;

    be_busy(&calls);
    handler_stack = (uintptr_t)&calls;
    handled = signal;
}

/* What lies below the stack pointer of a function that calls none (the red zone
 * of the 64-bit ABI). Answers how often it was not what had been put there. */
static long below_the_stack(double seconds)
{
    long wrong = 0;

#ifdef __x86_64__
    for (double end = now() + seconds; now() < end;) {
        for (int i = 0; i < 1000; i++) {
            uint64_t value = 0x1234567890abcdef, low, high;

            __asm__ volatile("mov %2, -8(%%rsp); mov %2, -64(%%rsp); mov %2, -128(%%rsp)\n\t"
                             "mov $200, %%ecx\n"
                             "1: dec %%ecx; jnz 1b\n\t"
                             "mov -8(%%rsp), %0; xor -64(%%rsp), %0; mov -128(%%rsp), %1"
                             : "=&r"(low), "=&r"(high) : "r"(value) : "rcx", "memory", "cc");
            wrong += low != 0 || high != value;
        }
    }
#else
    (void)seconds;
#endif
    return wrong;
}

static void *check_below(void *argument)
{
    (void)argument;
    return (void *)below_the_stack(1);
}

static int deep(int levels)
{
    volatile char here[64 * 1024];

    memset((char *)here, levels, sizeof(here));
    return levels ? deep(levels - 1) + here[5] : here[7];
}

int main(void)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
    pthread_t busy, thread, threads[2];
    pthread_attr_t attributes;
    stack_t alternate = { .ss_size = 8192 };
    char *own, *block;
    void *result;
    int calls = 0, sum = 0;

    CHECK(!pthread_create(&busy, NULL, rival, NULL));

    /* Never touched, and 64 KiB below its end. */
    own = mmap(NULL, OWN_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(own != MAP_FAILED);
    call_on(own + OWN_SIZE, be_busy, &calls);
    call_on(own + OWN_SIZE - 65536, be_busy, &calls);
    CHECK(calls == 2);

    /* 4 KiB between other data. */
    block = malloc(3 * 4096);
    memset(block, 0x5a, 3 * 4096);
    call_on((char *)(((uintptr_t)block + 2 * 4096) & -16), be_busy, &calls);
    for (int i = 0; i < 4096; i++)
        sum += block[i] != 0x5a || block[2 * 4096 + i] != 0x5a;
    CHECK(calls == 3 && sum == 0);

    pthread_attr_init(&attributes);
    CHECK(!pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN));
    CHECK(!pthread_create(&thread, &attributes, least, &calls));
    CHECK(!pthread_join(thread, &result) && calls == 4);

    alternate.ss_sp = malloc(alternate.ss_size);
    CHECK(!sigaltstack(&alternate, NULL));
    sigaction(SIGUSR1, &action, NULL);
    CHECK(!raise(SIGUSR1) && handled == SIGUSR1);
    CHECK(handler_stack - (uintptr_t)alternate.ss_sp < alternate.ss_size);

    for (int i = 0; i < 2; i++)
        CHECK(!pthread_create(&threads[i], NULL, check_below, NULL));
    for (int i = 0; i < 2; i++)
        CHECK(!pthread_join(threads[i], &result) && !result);

    CHECK(deep(100) > 0); /* 6.4 MiB */
    stop = 1;
    CHECK(!pthread_join(busy, NULL));
    return failures;
}
