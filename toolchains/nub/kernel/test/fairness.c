/*
 * Shows that nobody is forgotten: who has waited longest is woken first, and who
 * is woken runs before those that are busy.
 */
#define _GNU_SOURCE
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 3
#define JOBS 3000
#define SLEEPS 100

static sem_t jobs, done;
static int shares[WORKERS];
static volatile int stop;

static void *work(void *argument)
{
    for (;;) {
        sem_wait(&jobs);
        if (stop)
            return argument;
        ++*(int *)argument;
        sem_post(&done);
    }
}

/* One after the other, so that always all three could have it. */
static void check_shares(void)
{
    pthread_t threads[WORKERS];

    sem_init(&jobs, 0, 0);
    sem_init(&done, 0, 0);
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&threads[i], NULL, work, &shares[i]);
    usleep(50000);
    for (int i = 0; i < JOBS; i++) {
        sem_post(&jobs);
        sem_wait(&done);
    }
    printf("shares: %d, %d, %d of %d\n", shares[0], shares[1], shares[2], JOBS);
    for (int i = 0; i < WORKERS; i++)
        CHECK(shares[i] >= JOBS / 10);
    stop = 1;
    for (int i = 0; i < WORKERS; i++)
        sem_post(&jobs);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    stop = 0;
}

static int word, other_word, order[4], woken, ends[2];

static void *wait_for_word(void *argument)
{
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
    order[woken++] = *(int *)argument;
    return argument;
}

static void *wait_for_bit(void *argument)
{
    int number = *(int *)argument;

    syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 1 << number);
    order[woken++] = number;
    return argument;
}

static void *wait_for_byte(void *argument)
{
    char byte;

    if (read(ends[0], &byte, 1) == 1)
        order[woken++] = *(int *)argument;
    return argument;
}

static void start(pthread_t *threads, int *numbers, void *wait(void *))
{
    woken = 0;
    for (int i = 0; i < 4; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, wait, &numbers[i]);
        usleep(20000);
    }
}

static void join(pthread_t *threads)
{
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

static int is_order(int a, int b, int c, int d)
{
    printf("order: %d %d %d %d\n", order[0], order[1], order[2], order[3]);
    return order[0] == a && order[1] == b && order[2] == c && order[3] == d;
}

static void check_order(void)
{
    pthread_t threads[4];
    int numbers[4];

    start(threads, numbers, wait_for_word);
    for (int i = 0; i < 4; i++) {
        CHECK(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1) == 1);
        usleep(20000);
    }
    join(threads);
    CHECK(is_order(0, 1, 2, 3));

    start(threads, numbers, wait_for_word);
    CHECK(syscall(SYS_futex, &word, FUTEX_REQUEUE_PRIVATE, 1, (void *)2, &other_word) == 3);
    usleep(20000);
    CHECK(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 9) == 1);
    usleep(20000);
    CHECK(syscall(SYS_futex, &other_word, FUTEX_WAKE_PRIVATE, 1) == 1);
    usleep(20000);
    CHECK(syscall(SYS_futex, &other_word, FUTEX_WAKE_PRIVATE, 9) == 1);
    join(threads);
    CHECK(is_order(0, 3, 1, 2));

    start(threads, numbers, wait_for_bit);
    CHECK(syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 1 << 2) == 1);
    usleep(20000);
    CHECK(syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 1 << 1 | 1 << 3 | 1 << 5) == 2);
    usleep(20000);
    CHECK(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 9) == 1);
    join(threads);
    CHECK(is_order(2, 1, 3, 0));

    CHECK(!pipe(ends));
    start(threads, numbers, wait_for_byte);
    for (int i = 0; i < 4; i++) {
        CHECK(write(ends[1], "x", 1) == 1);
        usleep(20000);
    }
    join(threads);
    CHECK(is_order(0, 1, 2, 3));
    close(ends[0]);
    close(ends[1]);
}

static void *spin(void *argument)
{
    while (!stop)
        ++*(volatile long *)argument;
    return argument;
}

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return (difference > 0) - (difference < 0);
}

/* A quarter of the sleeps ends before a busy thread's turn would: an emulator that
 * has to share its processor makes any of them late. */
static void check_sleeps(void)
{
    static double late[SLEEPS];
    static long counts[4];
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, spin, &counts[i]);
    for (int i = 0; i < SLEEPS; i++) {
        double start = now();

        usleep(5000);
        late[i] = now() - start - 0.005;
    }
    stop = 1;
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    stop = 0;
    qsort(late, SLEEPS, sizeof(*late), compare);
    printf("sleeps of 5 ms beside four busy threads: a quarter of them up to %.1f ms late, half %.1f, all %.1f\n",
           late[SLEEPS / 4] * 1e3, late[SLEEPS / 2] * 1e3, late[SLEEPS - 1] * 1e3);
    CHECK(late[SLEEPS / 4] < 0.008);
    for (int i = 0; i < 4; i++)
        CHECK(counts[i] > counts[(i + 1) % 4] / 4);
}

static sem_t there, back;

static void *answer(void *argument)
{
    while (!stop) {
        sem_wait(&there);
        sem_post(&back);
    }
    return argument;
}

/* Two that wake each other all the time do not keep a third from its turns. */
static void check_ping_pong(void)
{
    static long count;
    pthread_t threads[2];
    double end = now() + 0.5;
    int rounds = 0;

    sem_init(&there, 0, 0);
    sem_init(&back, 0, 0);
    pthread_create(&threads[0], NULL, answer, NULL);
    pthread_create(&threads[1], NULL, spin, &count);
    while (now() < end) {
        sem_post(&there);
        sem_wait(&back);
        rounds++;
    }
    printf("%d rounds, and a busy thread counted to %ld\n", rounds, count);
    CHECK(rounds > 20 && count > 100000);
    stop = 1;
    sem_post(&there);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    check_shares();
    check_order();
    check_sleeps();
    check_ping_pong();
    return failures;
}
