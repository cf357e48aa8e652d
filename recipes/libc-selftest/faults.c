/* Faults of the processor as signals: a handler sees the address, and the program goes on. */
#define _GNU_SOURCE
#include "check.h"
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

static sigjmp_buf back;
static volatile sig_atomic_t number;
static void *volatile address;

static void handler(int signal, siginfo_t *info, void *context)
{
    (void)context;
    number = signal;
    address = info->si_addr;
    siglongjmp(back, 1);
}

static void mend(int signal, siginfo_t *info, void *context)
{
    (void)context;
    number = signal;
    mprotect((void *)((uintptr_t)info->si_addr & -4096), 4096, PROT_READ | PROT_WRITE);
}

int main(void)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
    volatile char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile char *volatile low = (volatile char *)8;
    volatile int zero = 0, one = 1;

    CHECK(page != MAP_FAILED);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    sigaction(SIGTRAP, &action, NULL);
    if (!sigsetjmp(back, 1))
        page[123] = 1;
    CHECK(number == SIGSEGV && address == page + 123);
    number = 0;
    if (!sigsetjmp(back, 1))
        *low = 1;
    CHECK(number == SIGSEGV && address == low);
    if (!sigsetjmp(back, 1))
        zero = one / zero;
    CHECK(number == SIGFPE);
    if (!sigsetjmp(back, 1))
        __asm__ volatile("ud2");
    CHECK(number == SIGILL);
    if (!sigsetjmp(back, 1))
        __asm__ volatile("int3");
    CHECK(number == SIGTRAP);

    /* The instruction is made again when the handler has mended its cause. */
    action.sa_sigaction = mend;
    sigaction(SIGSEGV, &action, NULL);
    page[4096] = 7;
    CHECK(number == SIGSEGV && page[4096] == 7);
    return summary();
}
