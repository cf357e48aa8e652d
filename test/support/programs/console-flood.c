/*
 * Writes much to the console in one thread while another sleeps for short times, and says at the
 * end how late that came. Begins only after some seconds, so that the other end can be stopped.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINES 500
#define NAP 10 /* milliseconds */

static volatile int done;

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static void *flood(void *argument)
{
    char line[100];

    (void)argument;
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\n';
    for (int i = 0; i < LINES; i++)
        write(1, line, sizeof(line));
    done = 1;
    return NULL;
}

int main(void)
{
    long long latest = 0, start;
    pthread_t thread;

    printf("ready\n");
    fflush(stdout);
    sleep(5);
    start = now();
    pthread_create(&thread, NULL, flood, NULL);
    while (!done) {
        long long before = now(), late;

        usleep(NAP * 1000);
        late = now() - before - NAP;
        latest = late > latest ? late : latest;
    }
    start = now() - start;
    pthread_join(thread, NULL);
    sleep(12);
    printf("\nwritten in %lld ms, the other thread came %lld ms late\n", start, latest);
    return 0;
}
