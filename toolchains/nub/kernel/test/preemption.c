/*
 * Shows that threads which never make a system call get equal shares, that
 * sleepers wake in time beside them, and that a stopped thread finds its
 * floating-point and vector registers, and its flags, as they were.
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <time.h>
#include <unistd.h>

static volatile int stop;
static volatile unsigned long counts[3];

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void *spin(void *argument)
{
    long number = (long)argument;

    while (!stop)
        counts[number]++;
    return NULL;
}

typedef float vector __attribute__((vector_size(16)));

/* Keeps values in registers that differ from thread to thread, and in the x87
 * stack, over many turns. */
__attribute__((target("sse2"))) static void *compute(void *argument)
{
    float seed = (float)(long)argument;
    long good = 1;

    while (!stop && good) {
        vector a = { seed, seed + 1, seed + 2, seed + 3 }, sum = { 0 };
        long double x = seed;
        float result[4];

        for (int i = 0; i < 200000; i++) {
            __asm__ volatile("" : "+x"(sum), "+x"(a), "+t"(x));
            sum += a;
            x += 1;
            if (i % 1000 == 999)
                sum -= sum;
        }
        memcpy(result, &sum, sizeof(result));
        good = result[0] == 0 && result[3] == 0 && x == seed + 200000.0L;
        sum += a;
        memcpy(result, &sum, sizeof(result));
        good &= result[0] == seed && result[3] == seed + 3;
    }
    return (void *)good;
}

int main(void)
{
    pthread_t threads[3];
    double start, late = 0;
    unsigned long least, most;
    void *good;

    for (long i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, spin, (void *)i);
    start = now();
    for (int i = 0; i < 50; i++) {
        double before = now(), lasted;

        usleep(10000);
        lasted = now() - before - 0.01;
        late = lasted > late ? lasted : late;
    }
    printf("50 sleeps of 10 ms beside three busy threads: %.3f s, the latest came %.1f ms late\n",
           now() - start, late * 1e3);
    CHECK(now() - start < 5);
    stop = 1;
    least = most = counts[0];
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        printf("thread %d counted to %lu\n", i, counts[i]);
        least = counts[i] < least ? counts[i] : least;
        most = counts[i] > most ? counts[i] : most;
    }
    CHECK(least > most / 3);

    stop = 0;
    for (long i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, compute, (void *)(i * 10 + 1));
    usleep(700000);
    stop = 1;
    for (int i = 0; i < 3; i++)
        CHECK(!pthread_join(threads[i], &good) && good);
    return failures;
}
