/* Cancelling threads: at each place where they wait, at once, not at all, with handlers in order. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t no_items, waiting;
static int silent[2];
static char order[8];

static void note(void *letter)
{
    strncat(order, letter, 1);
}

static void unlock(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static void *in_read(void *argument)
{
    char byte;

    sem_post(&waiting);
    read(silent[0], &byte, 1);
    return argument;
}

static void *in_poll(void *argument)
{
    sem_post(&waiting);
    poll(&(struct pollfd){ silent[0], POLLIN, 0 }, 1, -1);
    return argument;
}

static void *in_sleep(void *argument)
{
    sem_post(&waiting);
    sleep(100);
    return argument;
}

static void *in_semaphore(void *argument)
{
    sem_post(&waiting);
    sem_wait(&no_items);
    return argument;
}

static void *in_condition(void *argument)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    sem_post(&waiting);
    for (;;)
        pthread_cond_wait(&never, &lock);
    pthread_cleanup_pop(1);
    return argument;
}

static void *in_join(void *thread)
{
    sem_post(&waiting);
    pthread_join(*(pthread_t *)thread, NULL);
    return NULL;
}

static void *in_testcancel(void *argument)
{
    sem_post(&waiting);
    for (;;)
        pthread_testcancel();
    return argument;
}

static void *in_a_loop(void *argument)
{
    volatile int *turns = argument;

    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    sem_post(&waiting);
    for (;;)
        ++*turns;
    return NULL;
}

static void *protected(void *argument)
{
    int state = -1;

    CHECK(!pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state) && state == PTHREAD_CANCEL_ENABLE);
    sem_post(&waiting);
    /* musl's signal for it may end the sleep early, but not the thread. */
    usleep(30000);
    *(bool *)argument = true;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    return argument;
}

static void *with_handlers(void *argument)
{
    pthread_cleanup_push(note, "a");
    pthread_cleanup_push(note, "b");
    pthread_cleanup_push(note, "c");
    pthread_cleanup_pop(1);
    sem_post(&waiting);
    pause();
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return argument;
}

static bool is_cancelled(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    void *result = NULL;

    if (pthread_create(&thread, NULL, work, argument))
        return false;
    sem_wait(&waiting);
    usleep(5000);
    return !pthread_cancel(thread) && !pthread_join(thread, &result) && result == PTHREAD_CANCELED;
}

int main(void)
{
    pthread_t other;
    volatile int turns = 0;
    bool survived = false;

    sem_init(&waiting, 0, 0);
    sem_init(&no_items, 0, 0);
    CHECK(!pipe(silent));
    CHECK(is_cancelled(in_read, NULL));
    CHECK(is_cancelled(in_poll, NULL));
    CHECK(is_cancelled(in_sleep, NULL));
    CHECK(is_cancelled(in_semaphore, NULL));
    CHECK(is_cancelled(in_condition, NULL) && !pthread_mutex_trylock(&lock));
    CHECK(is_cancelled(in_testcancel, NULL));
    CHECK(is_cancelled(in_a_loop, (void *)&turns) && turns > 0);
    CHECK(is_cancelled(protected, &survived) && survived);
    CHECK(is_cancelled(with_handlers, NULL) && !strcmp(order, "cba"));
    CHECK(!pthread_create(&other, NULL, in_sleep, NULL));
    sem_wait(&waiting);
    CHECK(is_cancelled(in_join, &other));
    CHECK(!pthread_cancel(other) && !pthread_join(other, NULL));
    return summary();
}
