/*
 * Shows handlers of what a program does wrong: what they are told, and that they
 * may return to another place, or leave by siglongjmp; on an alternate stack when
 * the other is used up.
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __x86_64__
#define IP REG_RIP
#define SP REG_RSP
#define AX REG_RAX
#else
#define IP REG_EIP
#define SP REG_ESP
#define AX REG_EAX
#endif

static sigjmp_buf back;
static volatile int signal_number, code, skip, leave, trap, error, steps;
static void *volatile address, *volatile fault_address, *volatile handler_stack;
static volatile uintptr_t stack_pointer;

static void handler(int signal, siginfo_t *information, void *context)
{
    ucontext_t *uc = context;

    handler_stack = &uc;
    signal_number = signal;
    code = information->si_code;
    address = information->si_addr;
    trap = uc->uc_mcontext.gregs[REG_TRAPNO];
    error = uc->uc_mcontext.gregs[REG_ERR];
    stack_pointer = uc->uc_mcontext.gregs[SP];
#ifdef __x86_64__
    fault_address = (void *)uc->uc_mcontext.gregs[REG_CR2];
#else
    fault_address = (void *)uc->uc_mcontext.cr2;
#endif
    if (leave)
        siglongjmp(back, 1);
    if (code > 0)
        uc->uc_mcontext.gregs[AX] = 42;
    uc->uc_mcontext.gregs[IP] += skip;
}

static void install(int signal, int flags)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };

    sigaction(signal, &action, NULL);
}

/* Instructions of a known size, which the handler skips. */
static int load(volatile char *from)
{
    int value;

    skip = 2;
    __asm__ volatile("mov (%1), %%al" : "=a"(value) : "c"(from), "a"(0) : "memory");
    return value;
}

static int store(volatile char *to)
{
    int value;

    skip = 2;
    __asm__ volatile("mov %%al, (%1)" : "=a"(value) : "c"(to), "a"(0) : "memory");
    return value;
}

static int divide(int by)
{
    int value = 1, rest = 0;

    skip = 2;
    __asm__ volatile("idivl %2" : "+a"(value), "+d"(rest) : "c"(by));
    return value;
}

static int invalid(void)
{
    int value;

    skip = 2;
    __asm__ volatile("ud2" : "=a"(value) : "a"(0));
    return value;
}

static void check_pages(void)
{
    char *page = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    static const char constant[] = "constant";

    CHECK(load((char *)16) == 42 && signal_number == SIGSEGV && code == SEGV_MAPERR && address == (void *)16);
    CHECK(fault_address == (void *)16 && trap == 14 && !(error & 3) && error & 4);
    mprotect(page, 4096, PROT_READ);
    mprotect(page + 4096, 4096, PROT_NONE);
    CHECK(load(page) == 0);
    CHECK(store(page + 5) == 42 && code == SEGV_ACCERR && address == page + 5 && error & 2);
    CHECK(load(page + 4096) == 42 && code == SEGV_ACCERR && address == page + 4096);
    munmap(page + 8192, 4096);
    CHECK(store(page + 8192) == 42 && code == SEGV_MAPERR && address == page + 8192);
    CHECK(store((char *)constant) == 42 && code == SEGV_ACCERR && address == (void *)constant);
    leave = 1;
    if (!sigsetjmp(back, 1)) {
        ((void (*)(void))(page + 4096))();
        CHECK(0);
    }
    CHECK(signal_number == SIGSEGV && address == page + 4096);
    leave = 0;
}

static void check_arithmetic(void)
{
    uint16_t masked = 0x37f, unmasked = 0x37f & ~4;

    CHECK(divide(0) == 42 && signal_number == SIGFPE && code == FPE_INTDIV && trap == 0);
    CHECK(divide(1) == 1);
    leave = 1;
    if (!sigsetjmp(back, 1)) {
        __asm__ volatile("fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(unmasked));
        CHECK(0);
    }
    __asm__ volatile("fninit; fldcw %0" : : "m"(masked));
    CHECK(signal_number == SIGFPE && code == FPE_FLTDIV && trap == 16);
    leave = 0;
}

static void step(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)context;
    steps += information->si_code == TRAP_TRACE;
}

static void check_instructions(void)
{
    struct sigaction action = { .sa_sigaction = step, .sa_flags = SA_SIGINFO };

    CHECK(invalid() == 42 && signal_number == SIGILL && code == ILL_ILLOPN && trap == 6);
    skip = 0;
    __asm__ volatile("int3" : : : "eax");
    CHECK(signal_number == SIGTRAP && code == SI_KERNEL && trap == 3);

    /* Single steps: the flag is cleared three instructions later. */
    sigaction(SIGTRAP, &action, NULL);
#ifdef __x86_64__
    __asm__ volatile("sub $128, %%rsp; pushf; orl $0x100, (%%rsp); popf; nop; nop; pushf; andl $~0x100, (%%rsp); popf;"
                     "add $128, %%rsp" : : : "memory", "cc");
#else
    __asm__ volatile("pushf; orl $0x100, (%%esp); popf; nop; nop; pushf; andl $~0x100, (%%esp); popf"
                     : : : "memory", "cc");
#endif
    CHECK(steps == 5);
    install(SIGTRAP, 0);
}

/* What lies below the stack pointer, and in the registers, is the program's. */
static void check_registers(void)
{
    volatile double values[4] = { 1.5, 2.5, 3.5, 4.5 }, sum = 0;
    uintptr_t below = 0;

#ifdef __x86_64__
    skip = 2;
    __asm__ volatile("movq $1234567, -8(%%rsp); movq $7654321, -128(%%rsp); ud2;"
                     "mov -8(%%rsp), %0; add -128(%%rsp), %0" : "=b"(below) : : "rax", "memory");
    CHECK(below == 1234567 + 7654321);
#else
    (void)below;
#endif
    for (int i = 0; i < 4; i++) {
        sum += values[i];
        invalid();
    }
    CHECK(sum == 12);
}

#pragma GCC diagnostic ignored "-Winfinite-recursion"
__attribute__((noinline)) static int deeper(volatile int *above)
{
    volatile int here[200];

    here[0] = *above + 1;
    return deeper(here) + here[0];
}

static void *overflow(void *argument)
{
    static char stack[65536];
    stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) }, now;
    volatile int zero = 0;

    CHECK(!sigaltstack(&own, NULL));
    install(SIGSEGV, SA_ONSTACK);
    leave = 1;
    for (int i = 0; i < 3; i++) {
        signal_number = 0;
        if (!sigsetjmp(back, 1))
            deeper(&zero);
        CHECK(signal_number == SIGSEGV && (char *)handler_stack >= stack && (char *)handler_stack < stack + sizeof(stack));
        CHECK(stack_pointer - (uintptr_t)address + 65536 < 131072);
    }
    CHECK(!sigaltstack(NULL, &now) && now.ss_flags == 0);
    leave = 0;
    own.ss_flags = SS_DISABLE;
    sigaltstack(&own, NULL);
    install(SIGSEGV, 0);
    return argument;
}

static void check_overflow(void)
{
    pthread_t thread;
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 131072);
    pthread_create(&thread, &attributes, overflow, NULL);
    pthread_join(thread, NULL);
    overflow(NULL);
}

/* Each thread gets what it has done itself. */
static void *fails(void *argument)
{
    long good = 0;

    (void)argument;
    for (int i = 0; i < 200; i++) {
        int value;

        __asm__ volatile("ud2" : "=a"(value) : "a"(0));
        good += value == 42;
    }
    return (void *)good;
}

static void check_threads(void)
{
    pthread_t threads[3];
    void *result;

    skip = 2;
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, fails, NULL);
    for (int i = 0; i < 3; i++)
        CHECK(!pthread_join(threads[i], &result) && (long)result == 200);
}

int main(void)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };

    for (unsigned i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        install(signals[i], 0);
    check_pages();
    check_arithmetic();
    check_instructions();
    check_registers();
    check_threads();
    check_overflow();
    skip = 0;
    CHECK(raise(SIGSEGV) == 0 && signal_number == SIGSEGV && code <= 0);
    return failures;
}
