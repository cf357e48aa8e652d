/*
 * Who goes first: an order, and never a time. The threads start one after the other, each a while
 * after the one before, so that they have come to wait in that order.
 */
#define _GNU_SOURCE
#include "record.h"

#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4 };

static char order[32];
static atomic_int next;
static int word, ends[2];
static sem_t semaphore;

static void came(int number)
{
    order[atomic_fetch_add(&next, 1)] = '0' + number;
}

static void run_in_order(void *(*wait_on)(void *), void (*release)(void))
{
    pthread_t threads[THREADS];
    atomic_store(&next, 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(threads + i, NULL, wait_on, (void *)(intptr_t)i);
        usleep(30 * 1000);
    }
    for (int i = 0; i < THREADS; i++) {
        release();
        usleep(30 * 1000);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    order[THREADS] = '\0';
    TEXT(order);
}

static void *futex_waiter(void *number)
{
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    came((int)(intptr_t)number);
    return NULL;
}

static void futex_release(void)
{
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void futex_wakes_the_first(void)
{
    run_in_order(futex_waiter, futex_release);
}

static void *semaphore_waiter(void *number)
{
    sem_wait(&semaphore);
    came((int)(intptr_t)number);
    return NULL;
}

static void semaphore_release(void)
{
    sem_post(&semaphore);
}

static void semaphore_wakes_the_first(void)
{
    sem_init(&semaphore, 0, 0);
    run_in_order(semaphore_waiter, semaphore_release);
}

static void *pipe_reader(void *number)
{
    char byte;
    if (read(ends[0], &byte, 1) == 1)
        came((int)(intptr_t)number);
    return NULL;
}

static void pipe_release(void)
{
    if (write(ends[1], "x", 1) != 1)
        record("write", "failed");
}

static void pipe_wakes_the_first(void)
{
    CALL(pipe(ends));
    run_in_order(pipe_reader, pipe_release);
}

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *condition_waiter(void *number)
{
    pthread_mutex_lock(&mutex);
    pthread_cond_wait(&condition, &mutex);
    came((int)(intptr_t)number);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void condition_release(void)
{
    pthread_cond_signal(&condition);
}

static void condition_wakes_the_first(void)
{
    run_in_order(condition_waiter, condition_release);
}

/* Moved from one futex to another they keep their order. */
static int other_word;

static void *requeued_waiter(void *number)
{
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    came((int)(intptr_t)number);
    return NULL;
}

static void requeue_release(void)
{
    syscall(SYS_futex, &word, FUTEX_REQUEUE_PRIVATE, 0, 10, &other_word, 0);
    syscall(SYS_futex, &other_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void requeue_keeps_the_order(void)
{
    run_in_order(requeued_waiter, requeue_release);
}

static void *sleeper(void *number)
{
    int which = (int)(intptr_t)number;
    /* The later it starts, the shorter it sleeps. */
    usleep((400 - 100 * which) * 1000);
    came(which);
    return NULL;
}

static void nothing(void)
{
}

static void sleepers_wake_by_their_time(void)
{
    run_in_order(sleeper, nothing);
}

/* Three workers take jobs off a semaphore: none is left without. */
enum { JOBS = 300 };
static atomic_int done[3], jobs;

static void *take_jobs(void *number)
{
    for (;;) {
        sem_wait(&semaphore);
        if (atomic_fetch_sub(&jobs, 1) <= 0)
            return NULL;
        atomic_fetch_add(&done[(intptr_t)number], 1);
        sched_yield();
    }
}

static void all_workers_get_jobs(void)
{
    pthread_t workers[3];
    sem_init(&semaphore, 0, 0);
    atomic_store(&jobs, JOBS);
    for (int i = 0; i < 3; i++) {
        atomic_store(done + i, 0);
        pthread_create(workers + i, NULL, take_jobs, (void *)(intptr_t)i);
    }
    usleep(20 * 1000);
    for (int i = 0; i < JOBS; i++) {
        sem_post(&semaphore);
        usleep(100);
    }
    for (int i = 0; i < 3; i++)
        sem_post(&semaphore);
    for (int i = 0; i < 3; i++)
        pthread_join(workers[i], NULL);
    VALUE(done[0] > 0);
    VALUE(done[1] > 0);
    VALUE(done[2] > 0);
    VALUE(done[0] + done[1] + done[2]);
}

/* Who sleeps now and then goes on soon beside those that compute. */
static atomic_int stop;

static void *compute(void *unused)
{
    while (!atomic_load(&stop))
        ;
    return unused;
}

static void sleepers_are_not_starved(void)
{
    pthread_t threads[4];
    struct timespec start, end;
    atomic_store(&stop, 0);
    for (int i = 0; i < 4; i++)
        pthread_create(threads + i, NULL, compute, NULL);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < 20; i++)
        usleep(5000);
    clock_gettime(CLOCK_MONOTONIC, &end);
    atomic_store(&stop, 1);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    VALUE(end.tv_sec - start.tv_sec < 3);
}

TOPIC(fairness, CASE(futex_wakes_the_first), CASE(semaphore_wakes_the_first),
      CASE(pipe_wakes_the_first), CASE(condition_wakes_the_first), CASE(requeue_keeps_the_order),
      CASE(sleepers_wake_by_their_time), CASE(all_workers_get_jobs),
      CASE(sleepers_are_not_starved));
