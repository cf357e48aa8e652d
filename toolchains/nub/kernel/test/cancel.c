/*
 * Shows that threads can be cancelled while they wait: in a read, a sleep, a
 * condition variable; that their cleanup runs, and that one which has switched
 * cancellation off goes on.
 */
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static int ends[2], cleaned;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void clean(void *argument)
{
    (void)argument;
    cleaned++;
}

static void *in_read(void *argument)
{
    char c;

    pthread_cleanup_push(clean, NULL);
    read(ends[0], &c, 1);
    pthread_cleanup_pop(0);
    return argument;
}

static void *in_sleep(void *argument)
{
    pthread_cleanup_push(clean, NULL);
    sleep(100);
    pthread_cleanup_pop(0);
    return argument;
}

static void *in_wait(void *argument)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push((void (*)(void *))pthread_mutex_unlock, &mutex);
    pthread_cond_wait(&never, &mutex);
    pthread_cleanup_pop(1);
    return argument;
}

static void *unwilling(void *argument)
{
    int before;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    usleep(100000);
    return argument;
}

static void *cancelled(void *(*function)(void *))
{
    pthread_t thread;
    void *result = NULL;

    pthread_create(&thread, NULL, function, &cleaned);
    usleep(20000);
    pthread_cancel(thread);
    return pthread_join(thread, &result) ? NULL : result;
}

int main(void)
{
    CHECK(!pipe(ends));
    CHECK(cancelled(in_read) == PTHREAD_CANCELED && cleaned == 1);
    CHECK(cancelled(in_sleep) == PTHREAD_CANCELED && cleaned == 2);
    CHECK(cancelled(in_wait) == PTHREAD_CANCELED && !pthread_mutex_trylock(&mutex));
    CHECK(cancelled(unwilling) == &cleaned);
    CHECK(write(ends[1], "x", 1) == 1 && cancelled(in_read) == &cleaned && cleaned == 2);
    return failures;
}
