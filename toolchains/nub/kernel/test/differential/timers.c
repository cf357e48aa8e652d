/* Timers and clocks: that they end, what they tell, and in which order; never how exact they are. */
#define _GNU_SOURCE
#include "record.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t alarms;
static volatile int code, value;

static void rang(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    alarms++;
    code = info->si_code;
    value = info->si_value.sival_int;
}

static void handle(int number)
{
    struct sigaction action = {.sa_sigaction = rang, .sa_flags = SA_SIGINFO};
    alarms = code = value = 0;
    sigaction(number, &action, NULL);
}

/* Until so many have come, or three seconds have gone. */
static void await(int count)
{
    for (int i = 0; i < 300 && alarms < count; i++)
        usleep(10 * 1000);
}

static void alarm_rings(void)
{
    handle(SIGALRM);
    CALL(alarm(100));
    CALL(alarm(1) > 98);
    await(1);
    VALUE(alarms);
    CALL(alarm(0));
    CALL(alarm(50));
    CALL(alarm(0) > 48);
}

static void interval_timer(void)
{
    struct itimerval soon = {{0, 0}, {0, 20000}}, often = {{0, 10000}, {0, 10000}}, now,
                     odd = {{0, 0}, {0, 1000000}}, off = {0};
    handle(SIGALRM);
    CALL(setitimer(ITIMER_REAL, &soon, NULL));
    await(1);
    VALUE(alarms);
    CALL(getitimer(ITIMER_REAL, &now));
    VALUE(now.it_value.tv_usec);
    CALL(setitimer(ITIMER_REAL, &often, NULL));
    await(4);
    VALUE(alarms >= 4);
    CALL(getitimer(ITIMER_REAL, &now));
    VALUE(now.it_interval.tv_usec);
    CALL(setitimer(ITIMER_REAL, &odd, NULL));
    CALL(setitimer(77, &soon, NULL));
    CALL(setitimer(ITIMER_REAL, &off, &now));
    VALUE(now.it_interval.tv_usec);
}

static void timer_with_a_signal(void)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
                             .sigev_value.sival_int = 42};
    struct itimerspec soon = {{0, 0}, {0, 20000000}}, now;
    handle(SIGUSR1);
    if (CALL(timer_create(CLOCK_MONOTONIC, &event, &timer)) != 0)
        return;
    CALL(timer_gettime(timer, &now));
    VALUE(now.it_value.tv_nsec);
    CALL(timer_settime(timer, 0, &soon, NULL));
    await(1);
    VALUE(alarms);
    VALUE(code);
    VALUE(value);
    CALL(timer_getoverrun(timer));
    CALL(timer_delete(timer));
    CALL(timer_create(77, &event, &timer));
}

static volatile int called_with;

static void called(union sigval with)
{
    called_with = with.sival_int;
}

static void timer_with_a_thread(void)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = called,
                             .sigev_value.sival_int = 43};
    struct itimerspec soon = {{0, 0}, {0, 20000000}};
    called_with = 0;
    if (CALL(timer_create(CLOCK_MONOTONIC, &event, &timer)) != 0)
        return;
    CALL(timer_settime(timer, 0, &soon, NULL));
    for (int i = 0; i < 300 && called_with == 0; i++)
        usleep(10 * 1000);
    VALUE(called_with);
    CALL(timer_delete(timer));
}

static void timer_of_a_descriptor(void)
{
    uint64_t count = 0;
    struct itimerspec soon = {{0, 0}, {0, 20000000}}, often = {{0, 1000000}, {0, 1000000}}, now,
                      past = {{0, 0}, {0, 1}}, odd = {{0, 0}, {0, 1000000000}}, off = {0};
    int fd = CALL(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    struct pollfd polled = {fd, POLLIN, 0};
    if (fd < 0)
        return;
    CALL(read(fd, &count, 8));
    CALL(timerfd_settime(fd, 0, &soon, NULL));
    CALL(poll(&polled, 1, 0));
    CALL(poll(&polled, 1, 3000));
    CALL(read(fd, &count, 4));
    CALL(read(fd, &count, 8));
    VALUE(count);
    CALL(read(fd, &count, 8));
    CALL(timerfd_settime(fd, 0, &often, NULL));
    usleep(50 * 1000);
    CALL(read(fd, &count, 8));
    VALUE(count > 10);
    CALL(timerfd_gettime(fd, &now));
    VALUE(now.it_interval.tv_nsec);
    CALL(timerfd_settime(fd, 0, &off, NULL));
    CALL(timerfd_settime(fd, TFD_TIMER_ABSTIME, &past, NULL));
    CALL(poll(&polled, 1, 3000));
    CALL(timerfd_settime(fd, 0, &odd, NULL));
    CALL(timerfd_settime(fd, 77, &soon, NULL));
    CALL(timerfd_settime(open("/dev/null", O_RDONLY), 0, &soon, NULL));
    CALL(timerfd_create(77, 0));
    CALL(timerfd_create(CLOCK_MONOTONIC, 77));
    CALL(write(fd, &count, 8));
}

static long long milliseconds(clockid_t clock)
{
    struct timespec now;
    return clock_gettime(clock, &now) ? -1 : now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void processor_clocks_stand_still(void)
{
    long long process = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    long long thread = milliseconds(CLOCK_THREAD_CPUTIME_ID);
    usleep(300 * 1000);
    VALUE(milliseconds(CLOCK_PROCESS_CPUTIME_ID) - process < 150);
    VALUE(milliseconds(CLOCK_THREAD_CPUTIME_ID) - thread < 150);
    long long start = milliseconds(CLOCK_MONOTONIC);
    /* Beside others that compute it may take a while. */
    while (milliseconds(CLOCK_THREAD_CPUTIME_ID) - thread < 30 &&
           milliseconds(CLOCK_MONOTONIC) - start < 3000)
        ;
    VALUE(milliseconds(CLOCK_THREAD_CPUTIME_ID) - thread > 20);
}

static void all_clocks(void)
{
    struct timespec resolution;
    static const clockid_t clocks[] = {
        CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
        CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI, 77,
    };
    for (unsigned i = 0; i < COUNT(clocks); i++) {
        CALL(milliseconds(clocks[i]) >= 0);
        CALL(clock_getres(clocks[i], NULL));
    }
    CALL(clock_getres(CLOCK_MONOTONIC, &resolution));
    VALUE(resolution.tv_nsec);
    CALL(milliseconds(CLOCK_REALTIME) > 1600000000000);
}

static void sleep_until(void)
{
    struct timespec until, left = {9, 9}, past = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 1;
    FAILS(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, NULL));
    handle(SIGALRM);
    struct itimerval soon = {{0, 0}, {0, 20000}};
    CALL(setitimer(ITIMER_REAL, &soon, NULL));
    FAILS(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
    struct timespec second = {1, 0};
    CALL(setitimer(ITIMER_REAL, &soon, NULL));
    CALL(nanosleep(&second, &left));
    VALUE(left.tv_sec == 0 && left.tv_nsec > 0);
}

TOPIC(timers, CASE(alarm_rings), CASE(interval_timer), CASE(timer_with_a_signal),
      CASE(timer_with_a_thread), CASE(timer_of_a_descriptor), CASE(processor_clocks_stand_still),
      CASE(all_clocks), CASE(sleep_until));
