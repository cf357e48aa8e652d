/*
 * Shows locks under load: a mutex and a condition variable that many threads
 * fight for, broadcasts, read-write locks, barriers, and time limits that are
 * kept.
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS 2000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static long counter, turn, value;
static int started, go;

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static struct timespec in(clockid_t clock, long milliseconds)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    ts.tv_nsec += milliseconds * 1000000;
    ts.tv_sec += ts.tv_nsec / 1000000000;
    ts.tv_nsec %= 1000000000;
    return ts;
}

static void *count(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        long before = counter;
        if (i % 50 == 0)
            sched_yield();
        counter = before + 1;
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

/* Each thread waits for its turn, so that every round wakes all of them. */
static void *take_turns(void *argument)
{
    long number = (long)argument;

    pthread_mutex_lock(&mutex);
    for (int i = 0; i < 100; i++) {
        while (turn % THREADS != number)
            pthread_cond_wait(&changed, &mutex);
        turn++;
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void *wait_for_go(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&mutex);
    started++;
    while (!go)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void *read_and_write(void *argument)
{
    long good = 1;

    for (int i = 0; i < 300; i++) {
        if (i % 10 == (long)argument) {
            pthread_rwlock_wrlock(&shared);
            value++;
            sched_yield();
            value++;
            pthread_rwlock_unlock(&shared);
        } else {
            pthread_rwlock_rdlock(&shared);
            good &= value % 2 == 0;
            pthread_rwlock_unlock(&shared);
        }
    }
    pthread_barrier_wait(&barrier);
    return (void *)good;
}

static int run(void *(*function)(void *))
{
    pthread_t threads[THREADS];
    int good = 1;

    for (long i = 0; i < THREADS; i++)
        good &= !pthread_create(&threads[i], NULL, function, (void *)i);
    if (function == wait_for_go) {
        while (started < THREADS)
            usleep(1000);
        pthread_mutex_lock(&mutex);
        go = 1;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
    }
    for (long i = 0; i < THREADS; i++) {
        void *result = NULL;

        good &= !pthread_join(threads[i], &result);
        good &= function != read_and_write || result;
    }
    return good;
}

int main(void)
{
    struct timespec limit;
    double start;
    sem_t semaphore;

    CHECK(run(count) && counter == THREADS * ROUNDS);
    CHECK(run(take_turns) && turn == THREADS * 100);
    CHECK(run(wait_for_go));
    pthread_barrier_init(&barrier, NULL, THREADS);
    CHECK(run(read_and_write) && value == 2 * THREADS * 30);

    sem_init(&semaphore, 0, 0);
    start = now();
    limit = in(CLOCK_REALTIME, 150);
    CHECK(sem_timedwait(&semaphore, &limit) == -1 && errno == ETIMEDOUT);
    CHECK(now() - start >= 0.149 && now() - start < 2);

    pthread_mutex_lock(&mutex);
    start = now();
    limit = in(CLOCK_REALTIME, 150);
    CHECK(pthread_cond_timedwait(&changed, &mutex, &limit) == ETIMEDOUT);
    CHECK(now() - start >= 0.149 && now() - start < 2);
    limit = in(CLOCK_REALTIME, 0);
    limit.tv_sec--;
    CHECK(pthread_cond_timedwait(&changed, &mutex, &limit) == ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    return failures;
}
