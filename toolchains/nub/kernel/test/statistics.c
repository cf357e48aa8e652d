/*
 * Runs for four seconds with nub.stats=1, in which the lines must tell of what
 * it does: two threads that are never done, a sleeper that is woken in time,
 * and one that waits for a word which changes without anybody waking it.
 */
#define _GNU_SOURCE
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int stop, word;

static void *spin(void *argument)
{
    while (!stop)
        ;
    return argument;
}

static void *wait_for_word(void *argument)
{
    while (!word)
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
    return argument;
}

int main(void)
{
    pthread_t threads[3];

    for (int i = 0; i < 2; i++)
        CHECK(!pthread_create(&threads[i], NULL, spin, NULL));
    CHECK(!pthread_create(&threads[2], NULL, wait_for_word, NULL));
    for (int i = 0; i < 4000 / 50; i++) {
        usleep(50000);
        word = 1;
    }
    CHECK(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1) == 1);
    stop = 1;
    for (int i = 0; i < 3; i++)
        CHECK(!pthread_join(threads[i], NULL));
    return failures;
}
