/* POSIX threads: making, joining, locks of every kind, conditions, barriers, keys and once. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 2000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long counter;

static struct timespec in_milliseconds(clockid_t clock, long milliseconds)
{
    struct timespec at;

    clock_gettime(clock, &at);
    at.tv_nsec += milliseconds * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

static void *count(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        long seen = counter;
        if (i % 100 == 0)
            sched_yield();
        counter = seen + 1;
        pthread_mutex_unlock(&lock);
    }
    return argument;
}

static void joining(void)
{
    pthread_t threads[THREADS];
    bool good = true;

    for (intptr_t i = 0; i < THREADS; i++)
        good &= !pthread_create(&threads[i], NULL, count, (void *)i);
    for (intptr_t i = 0; i < THREADS; i++) {
        void *result;
        good &= !pthread_join(threads[i], &result) && (intptr_t)result == i;
    }
    CHECK(good && counter == THREADS * ROUNDS);
    CHECK(pthread_equal(pthread_self(), pthread_self()));
}

static void *try_locked(void *mutex)
{
    struct timespec at = in_milliseconds(CLOCK_REALTIME, 20);

    CHECK(pthread_mutex_trylock(mutex) == EBUSY);
    CHECK(pthread_mutex_timedlock(mutex, &at) == ETIMEDOUT);
    CHECK(pthread_mutex_unlock(mutex) == EPERM);
    return NULL;
}

static void kinds_of_mutex(void)
{
    static const int kinds[] = { PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_RECURSIVE };
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    pthread_t thread;

    for (int i = 0; i < 2; i++) {
        pthread_mutexattr_init(&attributes);
        CHECK(!pthread_mutexattr_settype(&attributes, kinds[i]));
        CHECK(!pthread_mutex_init(&mutex, &attributes) && !pthread_mutex_lock(&mutex));
        CHECK(pthread_mutex_lock(&mutex) == (i ? 0 : EDEADLK));
        CHECK(!pthread_create(&thread, NULL, try_locked, &mutex) && !pthread_join(thread, NULL));
        CHECK(!pthread_mutex_unlock(&mutex));
        CHECK(pthread_mutex_unlock(&mutex) == (i ? 0 : EPERM));
        CHECK(!pthread_mutex_destroy(&mutex));
    }
}

static int stage;

static void *wait_for_stages(void *argument)
{
    pthread_mutex_lock(&lock);
    for (int wanted = 1; wanted <= 100; wanted++) {
        while (stage != wanted)
            pthread_cond_wait(&changed, &lock);
        stage = -wanted;
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&lock);
    return argument;
}

static void conditions(void)
{
    pthread_t thread;
    pthread_condattr_t attributes;
    pthread_cond_t never;
    bool good = true;

    CHECK(!pthread_create(&thread, NULL, wait_for_stages, NULL));
    pthread_mutex_lock(&lock);
    for (int i = 1; i <= 100; i++) {
        stage = i;
        pthread_cond_broadcast(&changed);
        while (stage != -i)
            good &= !pthread_cond_wait(&changed, &lock);
    }
    pthread_condattr_init(&attributes);
    CHECK(good && !pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    CHECK(!pthread_cond_init(&never, &attributes));
    struct timespec at = in_milliseconds(CLOCK_MONOTONIC, 20);
    CHECK(pthread_cond_timedwait(&never, &lock, &at) == ETIMEDOUT);
    pthread_mutex_unlock(&lock);
    CHECK(!pthread_join(thread, NULL) && !pthread_cond_destroy(&never));
}

static pthread_barrier_t barrier;
static atomic_int arrived, serial;

static void *meet(void *argument)
{
    bool together = true;

    for (int round = 1; round <= 20; round++) {
        arrived++;
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            serial++;
        together &= arrived >= round * THREADS;
        pthread_barrier_wait(&barrier);
    }
    return together ? argument : NULL;
}

static void barriers(void)
{
    pthread_t threads[THREADS];
    bool good = true;
    void *result;

    CHECK(!pthread_barrier_init(&barrier, NULL, THREADS));
    for (int i = 0; i < THREADS; i++)
        good &= !pthread_create(&threads[i], NULL, meet, &barrier);
    for (int i = 0; i < THREADS; i++)
        good &= !pthread_join(threads[i], &result) && result == &barrier;
    CHECK(good && serial == 20 && !pthread_barrier_destroy(&barrier));
}

static pthread_rwlock_t many = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static int twins[2];

static void *read_or_write(void *argument)
{
    bool good = true;

    for (int i = 0; i < 500; i++) {
        if (argument) {
            pthread_rwlock_wrlock(&many);
            twins[0]++;
            sched_yield();
            twins[1]++;
        } else {
            pthread_rwlock_rdlock(&many);
            good &= twins[0] == twins[1];
        }
        pthread_rwlock_unlock(&many);
        pthread_spin_lock(&spin);
        counter++;
        pthread_spin_unlock(&spin);
    }
    return good ? &twins : NULL;
}

static void other_locks(void)
{
    pthread_t threads[4];
    bool good = true;
    void *result;

    counter = 0;
    CHECK(!pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
    for (int i = 0; i < 4; i++)
        good &= !pthread_create(&threads[i], NULL, read_or_write, i % 2 ? &twins : NULL);
    for (int i = 0; i < 4; i++)
        good &= !pthread_join(threads[i], &result) && result;
    CHECK(good && twins[0] == 1000 && counter == 2000);
    CHECK(!pthread_rwlock_tryrdlock(&many) && pthread_rwlock_trywrlock(&many) == EBUSY);
    CHECK(!pthread_rwlock_unlock(&many) && !pthread_rwlock_trywrlock(&many) && !pthread_rwlock_unlock(&many));
}

static pthread_key_t key;
static atomic_int destroyed, initialized;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static __thread int mine = 5;

static void destroy(void *value)
{
    /* A destructor may set the value again, and is called for it again. */
    if (++destroyed % 2)
        pthread_setspecific(key, value);
}

static void initialize(void)
{
    usleep(1000);
    initialized++;
}

static void *use_own(void *argument)
{
    pthread_once(&once, initialize);
    mine += (intptr_t)argument;
    CHECK(initialized == 1 && !pthread_getspecific(key) && !pthread_setspecific(key, argument));
    sched_yield();
    CHECK(pthread_getspecific(key) == argument && mine == 5 + (intptr_t)argument);
    pthread_exit(argument);
}

static void own_data(void)
{
    pthread_t threads[4];
    bool good = true;

    CHECK(!pthread_key_create(&key, destroy));
    for (intptr_t i = 0; i < 4; i++)
        good &= !pthread_create(&threads[i], NULL, use_own, (void *)(i + 1));
    for (int i = 0; i < 4; i++)
        good &= !pthread_join(threads[i], NULL);
    CHECK(good && destroyed == 8 && mine == 5 && !pthread_key_delete(key));
}

static sem_t slots, items;

static void *produce(void *argument)
{
    for (int i = 0; i < 200; i++) {
        sem_wait(&slots);
        sem_post(&items);
    }
    return argument;
}

static void semaphores(void)
{
    pthread_t thread;
    struct timespec at = in_milliseconds(CLOCK_REALTIME, 20);
    int value = -1;

    CHECK(!sem_init(&slots, 0, 3) && !sem_init(&items, 0, 0));
    CHECK(sem_trywait(&items) == -1 && errno == EAGAIN);
    CHECK(sem_timedwait(&items, &at) == -1 && errno == ETIMEDOUT);
    CHECK(!pthread_create(&thread, NULL, produce, NULL));
    for (int i = 0; i < 200; i++) {
        sem_wait(&items);
        sem_post(&slots);
    }
    CHECK(!pthread_join(thread, NULL) && !sem_getvalue(&slots, &value) && value == 3);
    CHECK(!sem_destroy(&slots) && !sem_destroy(&items));
}

static void *look_at_stack(void *argument)
{
    pthread_attr_t attributes;
    void *start = NULL;
    size_t size = 0;
    char here;

    CHECK(!pthread_getattr_np(pthread_self(), &attributes));
    CHECK(!pthread_attr_getstack(&attributes, &start, &size) && size >= 256 * 1024);
    CHECK(&here > (char *)start && &here < (char *)start + size);
    return argument;
}

static void attributes(void)
{
    pthread_attr_t with;
    pthread_t thread;
    void *own = aligned_alloc(4096, 512 * 1024);

    pthread_attr_init(&with);
    CHECK(!pthread_attr_setstacksize(&with, 256 * 1024));
    CHECK(!pthread_create(&thread, &with, look_at_stack, NULL) && !pthread_join(thread, NULL));
    CHECK(!pthread_attr_setstack(&with, own, 512 * 1024));
    CHECK(!pthread_create(&thread, &with, look_at_stack, NULL) && !pthread_join(thread, NULL));
    free(own);
    look_at_stack(NULL);
    pthread_attr_init(&with);
    CHECK(!pthread_attr_setdetachstate(&with, PTHREAD_CREATE_DETACHED));
    CHECK(!pthread_create(&thread, &with, count, NULL));
}

int main(void)
{
    joining();
    kinds_of_mutex();
    conditions();
    barriers();
    other_locks();
    own_data();
    semaphores();
    attributes();
    return summary();
}
