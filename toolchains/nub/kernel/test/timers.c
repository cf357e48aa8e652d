/*
 * Shows the timers that send signals: alarm, setitimer, timer_create; and the
 * clocks of the processor's time, which stand still during a sleep.
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

static volatile int caught, code, value, overrun;
static volatile pthread_t by;

static void handler(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)context;
    code = information->si_code;
    value = information->si_value.sival_int;
    overrun = information->si_overrun;
    by = pthread_self();
    caught++;
}

static long milliseconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void handle(int signal)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

    sigaction(signal, &action, NULL);
}

static void check_alarm(void)
{
    struct itimerval set = { { 0, 20000 }, { 0, 50000 } }, get;
    long start = milliseconds(CLOCK_MONOTONIC);

    handle(SIGALRM);
    CHECK(alarm(100) == 0 && alarm(1) == 100);
    CHECK(pause() == -1 && errno == EINTR && caught == 1 && code == SI_KERNEL);
    start = milliseconds(CLOCK_MONOTONIC) - start;
    CHECK(start >= 990 && start < 3000);
    CHECK(alarm(50) == 0 && !getitimer(ITIMER_REAL, &get) && get.it_value.tv_sec >= 48 && !get.it_interval.tv_sec);
    CHECK(alarm(0) == 50);

    caught = 0;
    start = milliseconds(CLOCK_MONOTONIC);
    CHECK(!setitimer(ITIMER_REAL, &set, NULL));
    while (caught < 5)
        pause();
    start = milliseconds(CLOCK_MONOTONIC) - start;
    CHECK(start >= 129 && start < 2000);
    set = (struct itimerval){ { 0 }, { 0 } };
    CHECK(!setitimer(ITIMER_REAL, &set, &get) && get.it_interval.tv_usec == 20000 && get.it_value.tv_usec <= 20000);
    caught = 0;
    usleep(50000);
    CHECK(!caught && !getitimer(ITIMER_REAL, &get) && !get.it_value.tv_sec && !get.it_value.tv_usec);
    set.it_value.tv_usec = 1000000;
    CHECK(setitimer(ITIMER_REAL, &set, NULL) == -1 && errno == EINVAL);
    CHECK(getitimer(3, &get) == -1 && errno == EINVAL);

    /* A program that never enters the kernel is interrupted. */
    set.it_value.tv_usec = 30000;
    CHECK(!setitimer(ITIMER_REAL, &set, NULL));
    while (!caught)
        ;
    CHECK(caught == 1);
}

static void check_processor_timer(void)
{
    struct itimerval set = { { 0, 0 }, { 0, 100000 } };
    long start;

    caught = 0;
    handle(SIGPROF);
    CHECK(!setitimer(ITIMER_PROF, &set, NULL));
    usleep(200000);
    CHECK(!caught);
    start = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    while (!caught)
        ;
    start = milliseconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    CHECK(start > 40 && start < 500);
}

static void check_timer(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
    struct itimerspec set = { { 0, 10000000 }, { 0, 10000000 } }, get;
    struct timespec now;
    sigset_t blocked;
    siginfo_t information;
    timer_t timer, other;

    event.sigev_value.sival_int = 4711;
    handle(SIGRTMIN);
    caught = 0;
    CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer));
    CHECK(!timer_gettime(timer, &get) && !get.it_value.tv_sec && !get.it_value.tv_nsec);
    CHECK(!timer_settime(timer, 0, &set, NULL));
    while (caught < 5)
        pause();
    CHECK(code == SI_TIMER && value == 4711);
    CHECK(!timer_gettime(timer, &get) && get.it_interval.tv_nsec == 10000000 && get.it_value.tv_nsec <= 10000000);

    /* While the signal is pending, the times that pass are counted. */
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    usleep(105000);
    CHECK(sigwaitinfo(&blocked, &information) == SIGRTMIN && information.si_code == SI_TIMER);
    CHECK(information.si_overrun >= 8 && information.si_overrun < 1000);
    CHECK(timer_getoverrun(timer) == information.si_overrun);
    set = (struct itimerspec){ { 0 }, { 0 } };
    CHECK(!timer_settime(timer, 0, &set, NULL));
    caught = 0;
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    usleep(30000);
    CHECK(caught <= 1);

    /* A point in time, also one that has passed. */
    caught = 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    set.it_value = now;
    set.it_value.tv_sec -= set.it_value.tv_sec > 0;
    CHECK(!timer_settime(timer, TIMER_ABSTIME, &set, NULL));
    usleep(20000);
    CHECK(caught == 1);
    CHECK(!timer_create(CLOCK_REALTIME, &event, &other) && other != timer);
    clock_gettime(CLOCK_REALTIME, &set.it_value);
    set.it_value.tv_nsec += 50000000;
    if (set.it_value.tv_nsec >= 1000000000) {
        set.it_value.tv_nsec -= 1000000000;
        set.it_value.tv_sec++;
    }
    CHECK(!timer_settime(other, TIMER_ABSTIME, &set, NULL));
    usleep(10000);
    CHECK(caught == 1);
    usleep(100000);
    CHECK(caught == 2);
    CHECK(!timer_delete(timer) && !timer_delete(other));

    event.sigev_signo = 65;
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == -1 && errno == EINVAL);
    event.sigev_signo = SIGRTMIN;
    CHECK(timer_create(55, &event, &timer) == -1 && errno == EINVAL);
    event.sigev_notify = SIGEV_NONE;
    CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer));
    set = (struct itimerspec){ { 100, 0 }, { 1000, 0 } };
    CHECK(!timer_settime(timer, 0, &set, NULL) && !timer_gettime(timer, &get));
    CHECK(get.it_interval.tv_sec == 100 && get.it_value.tv_sec >= 998);
    set.it_value.tv_nsec = 1000000000;
    CHECK(timer_settime(timer, 0, &set, NULL) == -1 && errno == EINVAL);
    CHECK(!timer_delete(timer));
    CHECK(syscall(SYS_timer_delete, 12345) == -1 && errno == EINVAL);
    caught = 0;
}

static sem_t rung;

static void notify(union sigval given)
{
    value = given.sival_int;
    sem_post(&rung);
}

static void check_thread_timer(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify };
    struct itimerspec set = { { 0, 5000000 }, { 0, 5000000 } };
    timer_t timer;

    sem_init(&rung, 0, 0);
    value = 0;
    event.sigev_value.sival_int = 12;
    CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer));
    CHECK(!timer_settime(timer, 0, &set, NULL));
    for (int i = 0; i < 5; i++)
        sem_wait(&rung);
    CHECK(value == 12 && !timer_delete(timer));
}

static void *spin(void *argument)
{
    long start = milliseconds(CLOCK_THREAD_CPUTIME_ID);

    while (milliseconds(CLOCK_THREAD_CPUTIME_ID) < start + 100)
        ;
    usleep(200000);
    return argument;
}

static void check_clocks(void)
{
    struct rusage before, after;
    struct tms tms;
    clockid_t clock;
    pthread_t thread;
    long process, own, other;

    process = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    own = milliseconds(CLOCK_THREAD_CPUTIME_ID);
    getrusage(RUSAGE_SELF, &before);
    usleep(300000);
    getrusage(RUSAGE_SELF, &after);
    CHECK(milliseconds(CLOCK_PROCESS_CPUTIME_ID) - process < 100);
    CHECK(milliseconds(CLOCK_THREAD_CPUTIME_ID) - own < 100);
    CHECK((after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000
          + after.ru_utime.tv_usec - before.ru_utime.tv_usec < 100000);

    pthread_create(&thread, NULL, spin, NULL);
    usleep(10000);
    own = milliseconds(CLOCK_THREAD_CPUTIME_ID);
    CHECK(!pthread_getcpuclockid(thread, &clock));
    while (milliseconds(CLOCK_MONOTONIC) % 1000 && milliseconds(clock) < 90)
        usleep(10000);
    other = milliseconds(clock);
    CHECK(other > 20 && other < 400);
    CHECK(milliseconds(CLOCK_THREAD_CPUTIME_ID) - own < 90);
    pthread_join(thread, NULL);
    CHECK(milliseconds(CLOCK_PROCESS_CPUTIME_ID) - process >= 100);
    CHECK(times(&tms) != -1 && tms.tms_utime + tms.tms_stime >= 10);
    CHECK(getrusage(77, &before) == -1 && errno == EINVAL);
}

int main(void)
{
    check_alarm();
    check_processor_timer();
    check_timer();
    check_thread_timer();
    check_clocks();
    return failures;
}
