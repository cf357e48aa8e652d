/* expect: 255 */
/*
 * Panics because every thread waits for something that only another thread
 * could bring.
 */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;

static void *other(void *argument)
{
    pthread_mutex_lock(&second);
    pthread_mutex_lock(&first);
    return argument;
}

int main(void)
{
    pthread_t thread;

    pthread_mutex_lock(&first);
    pthread_create(&thread, NULL, other, NULL);
    printf("about to lock in the wrong order\n");
    sched_yield();
    pthread_mutex_lock(&second);
    return 1;
}
