/*
 * Shows that the vector registers, as wide as the processor has them, stay a thread's
 * own: while others run, and while handlers use them; and that handlers find and
 * change them where Linux has them.
 */
#pragma GCC target("sse2")
#define _GNU_SOURCE
#include "check.h"
#include <cpuid.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define MAGIC_BEGIN 0x46505853u
#define MAGIC_END 0x46505845u
#ifdef __x86_64__
#define BEFORE_SAVED 0
#else
#define BEFORE_SAVED 112
#endif

typedef struct {
    uint32_t words[8];
} __attribute__((aligned(32))) vector;

static volatile bool stop;
static volatile int handled;
static bool wide;

/* What the processor has, the kernel is to keep. */
static bool has_wide(void)
{
    unsigned a, b, c, d, low, high;

    __cpuid(1, a, b, c, d);
    if (!(c >> 26 & 1) || !(c >> 28 & 1) || !CHECK(c >> 27 & 1))
        return false;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 6) == 6;
}

static vector pattern(uint32_t seed)
{
    vector made;

    for (int i = 0; i < 8; i++)
        made.words[i] = seed * 0x9e3779b1u + i;
    return made;
}

/* Keeps a pattern in two registers for a while, and gives what is there then. */
static void keep(const vector *in, vector out[2], long rounds)
{
    if (wide)
        __asm__ volatile("vmovdqa (%1), %%ymm0; vmovdqa (%1), %%ymm7; 1: sub $1, %0; jnz 1b;"
                         "vmovdqa %%ymm0, (%2); vmovdqa %%ymm7, 32(%2); vzeroupper"
                         : "+r"(rounds) : "r"(in), "r"(out) : "memory", "cc", "xmm0", "xmm7");
    else
        __asm__ volatile("movdqa (%1), %%xmm0; movdqa 16(%1), %%xmm1; movdqa (%1), %%xmm6; movdqa 16(%1), %%xmm7;"
                         "1: sub $1, %0; jnz 1b;"
                         "movdqa %%xmm0, (%2); movdqa %%xmm1, 16(%2); movdqa %%xmm6, 32(%2); movdqa %%xmm7, 48(%2)"
                         : "+r"(rounds) : "r"(in), "r"(out) : "memory", "cc", "xmm0", "xmm1", "xmm6", "xmm7");
}

static bool is_kept(uint32_t seed, long rounds)
{
    vector in = pattern(seed), out[2];

    keep(&in, out, rounds);
    return !memcmp(&in, &out[0], sizeof(in)) && !memcmp(&in, &out[1], sizeof(in));
}

static void *work(void *seed)
{
    long wrong = 0;

    while (!stop)
        wrong += !is_kept((uintptr_t)seed, 3000000);
    return (void *)wrong;
}

/* Uses the registers itself, and enters the kernel. */
static void disturb(int signal)
{
    (void)signal;
    is_kept(++handled, 10);
    sched_yield();
}

static void beside_others(void)
{
    struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { { 0 }, { 0 } };
    pthread_t threads[3];
    long wrong = 0;

    signal(SIGALRM, disturb);
    for (uintptr_t i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i + 1));
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < 100; i++)
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    setitimer(ITIMER_REAL, &never, NULL);
    stop = true;
    for (int i = 0; i < 3; i++) {
        void *its;

        pthread_join(threads[i], &its);
        wrong += (long)its;
    }
    CHECK(!wrong);
    CHECK(handled > 20);
}

static volatile bool looked, found_low, found_high, found_magic;

/* What is in the register when the signal comes, and shall be afterwards. */
static void look(int signal, siginfo_t *information, void *argument)
{
    ucontext_t *context = argument;
    char *saved = (char *)context->uc_mcontext.fpregs + BEFORE_SAVED;
    vector expected = pattern(77), wanted = pattern(88);
    uint32_t size, low, high, offset, d, end;

    (void)signal;
    (void)information;
    looked = true;
    found_low = !memcmp(saved + 160, &expected, 16);
    memcpy(saved + 160, &wanted, 16);
    memcpy(&end, saved + 464, sizeof(end));
    if (!wide)
        return;
    __cpuid_count(0xd, 2, size, offset, low, d);
    memcpy(&size, saved + 464 + 16, sizeof(size));
    memcpy(&high, saved + 464 + 4, sizeof(high));
    found_magic = end == MAGIC_BEGIN && high == BEFORE_SAVED + size + 4 && size >= 832
               && !((uintptr_t)saved % 64) && context->uc_flags & 1;
    memcpy(&end, saved + size, sizeof(end));
    found_magic &= end == MAGIC_END;
    found_high = !memcmp(saved + offset, (char *)&expected + 16, 16);
    memcpy(saved + offset, (char *)&wanted + 16, 16);
}

/* Holds the pattern in the register until the handler has been there. */
static void in_handlers(void)
{
    struct sigaction action = { .sa_sigaction = look, .sa_flags = SA_SIGINFO };
    struct itimerval soon = { { 0 }, { 0, 30000 } };
    vector in = pattern(77), wanted = pattern(88), out = { { 0 } };

    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    if (wide)
        __asm__ volatile("vmovdqa (%0), %%ymm0; 1: pause; cmpb $0, %2; je 1b; vmovdqa %%ymm0, (%1); vzeroupper"
                         : : "r"(&in), "r"(&out), "m"(looked) : "memory", "cc", "xmm0");
    else
        __asm__ volatile("movdqa (%0), %%xmm0; 1: pause; cmpb $0, %2; je 1b; movdqa %%xmm0, (%1)"
                         : : "r"(&in), "r"(&out), "m"(looked) : "memory", "cc", "xmm0");
    CHECK(found_low);
    CHECK(!memcmp(&out, &wanted, wide ? 32 : 16));
    CHECK(!wide || (found_high && found_magic));
}

int main(void)
{
    wide = has_wide();
    printf("registers of %d bits\n", wide ? 256 : 128);
    beside_others();
    in_handlers();
    return failures;
}
