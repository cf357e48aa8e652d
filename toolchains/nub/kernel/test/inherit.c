/*
 * Shows locks whose holder inherits the priority of who waits for them
 * (FUTEX_LOCK_PI), and the futex operation that changes a word and wakes two.
 */
#define _GNU_SOURCE
#include "check.h"
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 2000

static pthread_mutex_t mutex;
static _Atomic int word, other, order;
static atomic_bool locked, tried, signalled;
static int counter;

static long futex(void *address, int operation, int value, const void *timeout, void *second, int third)
{
    return syscall(SYS_futex, address, operation | FUTEX_PRIVATE_FLAG, value, timeout, second, third);
}

static void pass_time(long milliseconds)
{
    nanosleep(&(struct timespec){ milliseconds / 1000, milliseconds % 1000 * 1000000 }, NULL);
}

static void make_mutex(int type)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    CHECK(!pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT));
    CHECK(!pthread_mutex_init(&mutex, &attributes));
}

static void *count(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        int before;

        pthread_mutex_lock(&mutex);
        before = counter;
        if (i % 64 == 0)
            sched_yield();
        counter = before + 1;
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void exclusion(void)
{
    pthread_t threads[4];

    make_mutex(PTHREAD_MUTEX_NORMAL);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, count, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CHECK(counter == 4 * ROUNDS);
}

static void *hold(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
    locked = true;
    while (!tried)
        pass_time(1);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void times(void)
{
    struct timespec until;
    pthread_t thread;

    pthread_create(&thread, NULL, hold, NULL);
    while (!locked)
        pass_time(1);
    CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 10000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    CHECK(pthread_mutex_timedlock(&mutex, &until) == ETIMEDOUT);
    tried = true;
    until.tv_sec += 10;
    CHECK(!pthread_mutex_timedlock(&mutex, &until) && !pthread_mutex_unlock(&mutex));
    pthread_join(thread, NULL);
}

/* A handler runs while the lock is waited for, and the call goes on. */
static void note(int signal)
{
    (void)signal;
    signalled = true;
}

static void *take(void *unused)
{
    (void)unused;
    CHECK(!futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CHECK(signalled && (word & FUTEX_TID_MASK) == (int)syscall(SYS_gettid));
    CHECK(!futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    return NULL;
}

static void interruption(void)
{
    struct sigaction action = { .sa_handler = note };
    pthread_t thread;

    sigaction(SIGUSR1, &action, NULL);
    word = 0;
    CHECK(!futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) && word == (int)syscall(SYS_gettid));
    CHECK(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == -1 && errno == EDEADLK);
    CHECK(futex(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0) == -1 && errno == EDEADLK);
    pthread_create(&thread, NULL, take, NULL);
    while (!(word & FUTEX_WAITERS))
        pass_time(1);
    pthread_kill(thread, SIGUSR1);
    while (!signalled)
        pass_time(1);
    CHECK(!futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    CHECK(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == -1 && errno == EPERM);
    pthread_join(thread, NULL);
    CHECK(!word);
    word = 0x3ffffff0;
    CHECK(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == -1 && errno == ESRCH);
}

/* Who ends with the lock passes it on, and says so. */
static void *end_holding(void *unused)
{
    (void)unused;
    word = 0;
    futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
    locked = true;
    pass_time(30);
    return NULL;
}

static void death(void)
{
    pthread_t thread;

    locked = false;
    pthread_create(&thread, NULL, end_holding, NULL);
    while (!locked)
        pass_time(1);
    CHECK(!futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    CHECK((word & ~FUTEX_WAITERS) == ((int)syscall(SYS_gettid) | FUTEX_OWNER_DIED));
    CHECK(!futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) && !word);
    pthread_join(thread, NULL);
}

static void burn(long milliseconds)
{
    struct timespec start, now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < milliseconds);
}

static void *low(void *finished)
{
    pthread_mutex_lock(&mutex);
    locked = true;
    burn(100);
    pthread_mutex_unlock(&mutex);
    *(int *)finished = ++order;
    return NULL;
}

static void *middle(void *finished)
{
    while (!locked)
        pass_time(1);
    burn(300);
    *(int *)finished = ++order;
    return NULL;
}

static void *high(void *finished)
{
    while (!locked)
        pass_time(1);
    pass_time(20);
    pthread_mutex_lock(&mutex);
    *(int *)finished = ++order;
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* The one in the middle does not keep the highest from the lock. */
static void inheritance(void)
{
    const struct sched_param most = { .sched_priority = 4 }, none = { 0 };
    void *(*const functions[3])(void *) = { low, middle, high };
    pthread_t threads[3];
    int finished[3];

    locked = false;
    if (!CHECK(!pthread_setschedparam(pthread_self(), SCHED_FIFO, &most)))
        return;
    for (int i = 0; i < 3; i++) {
        struct sched_param parameter = { .sched_priority = i + 1 };
        pthread_attr_t attributes;

        pthread_attr_init(&attributes);
        pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
        pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
        pthread_attr_setschedparam(&attributes, &parameter);
        if (!CHECK(!pthread_create(&threads[i], &attributes, functions[i], &finished[i])))
            return;
    }
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    pthread_setschedparam(pthread_self(), SCHED_OTHER, &none);
    CHECK(finished[2] < finished[1]);
}

static void *wait_on(void *address)
{
    futex(address, FUTEX_WAIT, *(int *)address, NULL, NULL, 0);
    return NULL;
}

/* FUTEX_WAKE_OP: each operation, and who is woken by what the word was. */
static void both(void)
{
    pthread_t one, two;

    word = other = 5;
    CHECK(!futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5)) && other == 8);
    CHECK(!futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, FUTEX_OP(FUTEX_OP_SET, -7, FUTEX_OP_CMP_EQ, 5)) && other == -7);
    CHECK(!futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, FUTEX_OP(FUTEX_OP_ANDN, 9, FUTEX_OP_CMP_EQ, 5)) && other == (-7 & ~9));
    CHECK(!futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, FUTEX_OP(FUTEX_OP_SET, 6, FUTEX_OP_CMP_EQ, 5)) && other == 6);
    CHECK(!futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, FUTEX_OP(FUTEX_OP_XOR, 3, FUTEX_OP_CMP_EQ, 5)) && other == 5);
    CHECK(!futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other,
                 FUTEX_OP((FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT), 4, FUTEX_OP_CMP_EQ, 5)) && other == 21);
    pthread_create(&one, NULL, wait_on, &word);
    pthread_create(&two, NULL, wait_on, &other);
    pass_time(30);
    CHECK(futex(&word, FUTEX_WAKE_OP, INT_MAX, (void *)INT_MAX, &other, FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_LT, 21)) == 1);
    CHECK(futex(&word, FUTEX_WAKE_OP, INT_MAX, (void *)INT_MAX, &other, FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_GE, 22)) == 1);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    CHECK(other == 23);
    CHECK(futex(&word, FUTEX_WAKE_OP, 1, NULL, NULL, 0) == -1 && errno == EFAULT);
    CHECK(futex(NULL, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == -1 && errno == EFAULT);
}

int main(void)
{
    cpu_set_t first;

    CPU_ZERO(&first);
    CPU_SET(0, &first);
    sched_setaffinity(0, sizeof(first), &first);
    exclusion();
    times();
    interruption();
    death();
    both();
    inheritance();
    return failures;
}
