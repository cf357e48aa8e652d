/*
 * Shows that a program may make its system calls by the processor's instruction,
 * beside those that its libc makes.
 */
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int caught;

static void handler(int signal)
{
    caught = signal;
}

static long call(long number, long a, long b, long c)
{
    long result;

#ifdef __x86_64__
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
#else
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
#endif
    return result;
}

static int ends[2];

static void *interrupt(void *reader)
{
    usleep(50000);
    pthread_kill(*(pthread_t *)reader, SIGUSR1);
    usleep(50000);
    write(ends[1], "late", 4);
    return NULL;
}

/* A call that a signal interrupts is made again after the handler. */
static void check_repeated(void)
{
    pthread_t self = pthread_self(), other;
    char text[4];

    caught = 0;
    pthread_create(&other, NULL, interrupt, &self);
    CHECK(call(SYS_read, ends[0], (long)text, 4) == 4 && caught == SIGUSR1);
    pthread_join(other, NULL);
}

int main(void)
{
    double sum = 0;
    char text[4];

    CHECK(call(SYS_getpid, 0, 0, 0) == getpid());
    CHECK(call(SYS_write, 1, (long)"written\n", 8) == 8);
    CHECK(call(SYS_close, 77, 0, 0) == -EBADF);
    CHECK(call(9999, 0, 0, 0) == -ENOSYS);
    CHECK(!pipe(ends) && call(SYS_write, ends[1], (long)"abc", 4) == 4);
    CHECK(call(SYS_read, ends[0], (long)text, 4) == 4 && !strcmp(text, "abc"));
    signal(SIGUSR1, handler);
    CHECK(call(SYS_kill, getpid(), SIGUSR1, 0) == 0 && caught == SIGUSR1);
    check_repeated();
    for (int i = 0; i < 100; i++) {
        sum += 0.5;
        call(SYS_sched_yield, 0, 0, 0);
    }
    CHECK(sum == 50);
    return failures;
}
