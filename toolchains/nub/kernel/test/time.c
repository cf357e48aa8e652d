/*
 * Shows that the clocks run forward at the right speed, that sleeps last as
 * long as they should, and what the date is.
 */
#include "check.h"
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static double now(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

int main(void)
{
    struct timespec resolution, later;
    double start = now(CLOCK_MONOTONIC), date = now(CLOCK_REALTIME), last = start;
    struct timeval tv;
    time_t t = time(NULL);
    int forward = 1;

    for (int i = 0; i < 10000; i++) {
        double next = now(CLOCK_MONOTONIC);

        forward &= next >= last;
        last = next;
    }
    CHECK(forward);
    start = now(CLOCK_MONOTONIC);
    CHECK(!usleep(300000));
    last = now(CLOCK_MONOTONIC) - start;
    printf("a sleep of 0.3 s lasted %.6f s\n", last);
    CHECK(last >= 0.3 && last < 0.6);
    CHECK(now(CLOCK_REALTIME) - date > 0.3 && now(CLOCK_REALTIME) - date < 2);
    clock_gettime(CLOCK_MONOTONIC, &later);
    later.tv_sec += 1;
    start = now(CLOCK_MONOTONIC);
    CHECK(!clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &later, NULL));
    CHECK(now(CLOCK_MONOTONIC) - start > 0.9 && now(CLOCK_MONOTONIC) - start < 1.5);
    CHECK(!clock_getres(CLOCK_MONOTONIC, &resolution) && resolution.tv_nsec > 0);
    CHECK(!gettimeofday(&tv, NULL) && tv.tv_sec >= t);
    printf("it is %s", asctime(gmtime(&t)));
    CHECK(t > 1600000000);
    return failures;
}
