/*
 * Shows threads: making and joining many, thread-local variables, detached
 * ones that take their own stacks away, and memory that comes back.
 */
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define THREADS 20

static __thread int mine = 7;
static sem_t done;

static void *work(void *argument)
{
    long number = (long)argument;
    char *block = malloc(1000 + number);

    mine += number;
    for (int i = 0; i < 10; i++) {
        memset(block, number, 1000 + number);
        sched_yield();
        if (block[500] != (char)number || mine != 7 + number)
            return NULL;
    }
    free(block);
    return (void *)(number * number + 1);
}

static void *detached(void *argument)
{
    (void)argument;
    sem_post(&done);
    return NULL;
}

static void *deep(void *argument)
{
    volatile char space[700 * 1024];

    (void)argument;
    for (size_t i = 0; i < sizeof(space); i += 4096)
        space[i] = 1;
    return (void *)&mine;
}

static int round_of_threads(void)
{
    pthread_t threads[THREADS];
    int good = 1;

    for (long i = 0; i < THREADS; i++)
        good &= !pthread_create(&threads[i], NULL, work, (void *)i);
    for (long i = 0; i < THREADS; i++) {
        void *result = NULL;

        good &= !pthread_join(threads[i], &result) && (long)result == i * i + 1;
    }
    return good;
}

int main(void)
{
    struct sysinfo before, after;
    pthread_attr_t attributes;
    pthread_t thread;
    void *address = NULL;
    int good = 1;

    CHECK(round_of_threads());
    CHECK(mine == 7);
    CHECK(!pthread_create(&thread, NULL, deep, NULL));
    CHECK(!pthread_join(thread, &address) && address != &mine);

    sem_init(&done, 0, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sysinfo(&before);
    for (int i = 0; i < 50; i++) {
        good &= !pthread_create(&thread, &attributes, detached, NULL);
        good &= !sem_wait(&done);
    }
    CHECK(good);
    usleep(20000);
    sysinfo(&after);
    printf("pages in use: %ld more than before\n", (long)before.freeram - (long)after.freeram);
    CHECK((long)(before.freeram - after.freeram) < 300);
    return failures;
}
