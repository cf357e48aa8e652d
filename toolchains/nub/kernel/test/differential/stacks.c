/* Threads, signal handlers and contexts on stacks of every legal kind. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Calls the kernel and works for a few ticks of its clock, so that interrupts come, too. */
static long work(void)
{
    volatile long sum = 0;
    struct timespec start, now;
    char byte;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        for (int i = 0; i < 1000; i++)
            sum += i;
        clock_gettime(CLOCK_MONOTONIC, &now);
        sum += access("missing", F_OK);
        if (read(-1, &byte, 1) != -1)
            return 1;
    } while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < 30);
    return 0;
}

static void *worker(void *unused)
{
    (void)unused;
    return (void *)work();
}

static int run_thread(void *stack, size_t size)
{
    pthread_attr_t attributes;
    pthread_t thread;
    void *result = NULL;
    pthread_attr_init(&attributes);
    int error = stack ? pthread_attr_setstack(&attributes, stack, size)
                      : pthread_attr_setstacksize(&attributes, size);
    if (error == 0)
        error = pthread_create(&thread, &attributes, worker, NULL);
    if (error == 0)
        error = pthread_join(thread, &result);
    pthread_attr_destroy(&attributes);
    return error ? error : (int)(intptr_t)result;
}

static void smallest(void)
{
    FAILS(run_thread(NULL, 16384));
}

static void mapped(void)
{
    void *stack = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FAILS(run_thread(stack, 1 << 20));
}

static void allocated(void)
{
    enum { SIZE = 32768, GUARD = 4096 };
    unsigned char *memory = aligned_alloc(4096, SIZE + 2 * GUARD);
    int touched = 0;
    memset(memory, 0x5a, SIZE + 2 * GUARD);
    FAILS(run_thread(memory + GUARD, SIZE));
    for (int i = 0; i < GUARD; i++)
        touched |= memory[i] != 0x5a || memory[GUARD + SIZE + i] != 0x5a;
    VALUE(touched);
    free(memory);
}

static void large(void)
{
    FAILS(run_thread(NULL, 64 << 20));
}

static void too_small(void)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    FAILS(pthread_attr_setstacksize(&attributes, 100));
    pthread_attr_destroy(&attributes);
}

#ifdef __x86_64__
#define SWITCHED(stack, function) \
    ({ long result_; \
       __asm__ volatile("movq %%rsp, %%rbx; movq %1, %%rsp; call *%2; movq %%rbx, %%rsp" \
                        : "=a"(result_) : "r"(stack), "r"(function) \
                        : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", \
                          "cc"); \
       result_; })
#else
#define SWITCHED(stack, function) \
    ({ long result_; \
       __asm__ volatile("movl %%esp, %%esi; movl %1, %%esp; call *%2; movl %%esi, %%esp" \
                        : "=a"(result_) : "r"(stack), "r"(function) \
                        : "esi", "ecx", "edx", "memory", "cc"); \
       result_; })
#endif

/* As coroutines do: the kernel learns of the other stack only by what the register says. */
static void switched_by_hand(void)
{
    char *stack = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *top = stack + (1 << 20) - 64;
    long result = SWITCHED(top, work);
    VALUE(result);
    CALL(munmap(stack, 1 << 20));
}

static void switched_to_a_small_one(void)
{
    static char stack[16384] __attribute__((aligned(64)));
    void *top = stack + sizeof stack - 64;
    long result = SWITCHED(top, work);
    VALUE(result);
}

static volatile sig_atomic_t handled, on_alternate;
static char *alternate;
static size_t alternate_size;

static void handler(int number)
{
    char here;
    (void)number;
    on_alternate = &here >= alternate && &here < alternate + alternate_size;
    handled = 1 + (int)work();
}

static void on_stack_of(size_t size)
{
    stack_t stack = {.ss_sp = malloc(size), .ss_size = size}, old;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    handled = on_alternate = 0;
    alternate = stack.ss_sp;
    alternate_size = size;
    CALL(sigaltstack(&stack, NULL));
    CALL(sigaltstack(NULL, &old));
    VALUE(old.ss_flags);
    VALUE(old.ss_size);
    CALL(sigaction(SIGUSR1, &action, NULL));
    CALL(raise(SIGUSR1));
    VALUE(handled);
    VALUE(on_alternate);
    stack.ss_flags = SS_DISABLE;
    CALL(sigaltstack(&stack, NULL));
    free(alternate);
}

static void alternate_of_8_KiB(void)
{
    on_stack_of(8192);
}

static void alternate_of_64_KiB(void)
{
    on_stack_of(65536);
}

static void alternate_errors(void)
{
    static char memory[8192];
    stack_t small = {.ss_sp = memory, .ss_size = 100};
    stack_t odd = {.ss_sp = memory, .ss_size = sizeof memory, .ss_flags = 77};
    CALL(sigaltstack(&small, NULL));
    CALL(sigaltstack(&odd, NULL));
    CALL(sigaltstack(NULL, NULL));
}

static int depth(int left)
{
    volatile char frame[4096];
    frame[0] = left;
    return left == 0 ? 0 : depth(left - 1) + frame[0] - (char)left + 1;
}

/* Linux gives the first thread 8 MiB. */
static void deep_recursion(void)
{
    VALUE(depth(1700));
}

TOPIC(stacks, CASE(smallest), CASE(mapped), CASE(allocated), CASE(large), CASE(too_small),
      CASE(switched_by_hand), CASE(switched_to_a_small_one), CASE(alternate_of_8_KiB),
      CASE(alternate_of_64_KiB), CASE(alternate_errors), CASE(deep_recursion));
