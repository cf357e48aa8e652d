/*
 * The date is SECONDS_LATER ahead. Clocks that count from the machine's start stay as they are, and
 * whoever waits until a time waits no longer than without this.
 */
#define _GNU_SOURCE
#include "real.h"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(time_t) == 8 && sizeof(long) == 8, "a kernel of 64 bits");

static int is_date(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && is_date(clock))
        now->tv_sec += SECONDS_LATER;
    return result;
}

time_t time(time_t *room)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (room)
        *room = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    *now = (struct timeval){precise.tv_sec, precise.tv_nsec / 1000};
    if (zone)
        memset(zone, 0, sizeof(struct timezone));
    return 0;
}

int timespec_get(struct timespec *now, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

/*
 * A time until which a program waits was told by its clock, but the kernel waits by its own. Times of
 * the other clocks count from the machine's start and are never so far ahead.
 */
static struct timespec kernel_time(const struct timespec *until)
{
    struct timespec now, time = *until;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    if (time.tv_sec > now.tv_sec + SECONDS_LATER / 2)
        time.tv_sec -= SECONDS_LATER;
    return time;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest)
{
    struct timespec until = flags & TIMER_ABSTIME ? kernel_time(time) : *time;
    return REAL(clock_nanosleep)(clock, flags, &until, rest);
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict time)
{
    struct timespec until = kernel_time(time);
    /* On amd64 dlsym would find an older one, for conditions of another layout. */
    static __typeof__(pthread_cond_timedwait) *newer;
    if (!newer)
        newer = (__typeof__(newer))dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!newer)
        newer = REAL(pthread_cond_timedwait);
    return newer(condition, mutex, &until);
}

int pthread_cond_clockwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           clockid_t clock, const struct timespec *restrict time)
{
    struct timespec until = kernel_time(time);
    return REAL(pthread_cond_clockwait)(condition, mutex, clock, &until);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict time)
{
    struct timespec until = kernel_time(time);
    return REAL(pthread_mutex_timedlock)(mutex, &until);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict time)
{
    struct timespec until = kernel_time(time);
    return REAL(sem_timedwait)(semaphore, &until);
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict time)
{
    struct timespec until = kernel_time(time);
    return REAL(sem_clockwait)(semaphore, clock, &until);
}
