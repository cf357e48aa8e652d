/* Faults as signals: what the handler is told, and how it goes on. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf back;
static siginfo_t last;
static volatile int count;
static char *volatile page;

static void leave(int number, siginfo_t *info, void *context)
{
    (void)context;
    last = *info;
    count++;
    siglongjmp(back, number);
}

static void repair(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    last = *info;
    count++;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void handle(int number, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    count = 0;
    memset(&last, 0, sizeof last);
    sigaction(number, &action, NULL);
}

static void read_of_null(void)
{
    handle(SIGSEGV, leave);
    if (sigsetjmp(back, 1) == 0)
        record("read", "%d", *(volatile int *)page);
    VALUE(last.si_signo);
    VALUE(last.si_code);
    VALUE((intptr_t)last.si_addr);
}

static void write_to_what_is_read_only(void)
{
    page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle(SIGSEGV, leave);
    if (sigsetjmp(back, 1) == 0)
        page[17] = 1;
    VALUE(last.si_signo);
    VALUE(last.si_code);
    OFFSET(last.si_addr, page);
    page = NULL;
}

static void returns_to_the_instruction(void)
{
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle(SIGSEGV, repair);
    page[100] = 42;
    VALUE(page[100]);
    VALUE(count);
    VALUE(last.si_code);
    page = NULL;
}

static void many_in_turn(void)
{
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle(SIGSEGV, repair);
    for (volatile int i = 0; i < 100; i++) {
        mprotect(page, 4096, PROT_NONE);
        page[i] = i;
    }
    VALUE(count);
    page = NULL;
}

static void division_by_zero(void)
{
    volatile int zero = 0;
    handle(SIGFPE, leave);
    if (sigsetjmp(back, 1) == 0)
        record("quotient", "%d", 1 / zero);
    VALUE(last.si_signo);
    VALUE(last.si_code);
    VALUE(last.si_addr != NULL);
}

static void invalid_instruction(void)
{
    handle(SIGILL, leave);
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("ud2");
    VALUE(last.si_signo);
    VALUE(last.si_code);
}

static void breakpoint(void)
{
    handle(SIGTRAP, leave);
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("int3");
    VALUE(last.si_signo);
}

static void past_the_end_of_a_file(void)
{
    int fd = open("a", O_RDWR | O_CREAT, 0600);
    CALL(ftruncate(fd, 100));
    page = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    handle(SIGBUS, leave);
    VALUE(page[99]);
    VALUE(page[4095]);
    if (sigsetjmp(back, 1) == 0)
        record("read", "%d", page[4096]);
    VALUE(last.si_signo);
    VALUE(last.si_code);
    OFFSET(last.si_addr, page);
    page = NULL;
}

static void on_an_alternate_stack(void)
{
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
    struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    CALL(sigaltstack(&stack, NULL));
    count = 0;
    CALL(sigaction(SIGSEGV, &action, NULL));
    for (volatile int i = 0; i < 3; i++)
        if (sigsetjmp(back, 1) == 0)
            *(volatile char *)page = 1;
    VALUE(count);
    stack.ss_flags = SS_DISABLE;
    CALL(sigaltstack(&stack, NULL));
    free(stack.ss_sp);
}

/* What is not a fault but sent has its own code. */
static void sent(void)
{
    handle(SIGSEGV, leave);
    if (sigsetjmp(back, 1) == 0)
        kill(getpid(), SIGSEGV);
    VALUE(last.si_code);
    VALUE(last.si_pid == getpid());
}

TOPIC(faults, CASE(read_of_null), CASE(write_to_what_is_read_only),
      CASE(returns_to_the_instruction), CASE(many_in_turn), CASE(division_by_zero),
      CASE(invalid_instruction), CASE(breakpoint), CASE(past_the_end_of_a_file),
      CASE(on_an_alternate_stack), CASE(sent));
