/*
 * Times as programs tell them, in seconds and nanoseconds.
 */
#ifndef TIME_TIMES_H
#define TIME_TIMES_H

#include <linux/interface.h>
#include <time/clock.h>

/* What timers are set to. */
struct timer_times {
    struct timespec64 period, value;
};

struct timer_times32 {
    struct timespec32 period, value;
};

static inline bool time_is_good(const struct timespec64 *time)
{
    return time->seconds >= 0 && (uint32_t)time->nanoseconds < NANOSECONDS;
}

static inline uint64_t time_in_nanoseconds(const struct timespec64 *time)
{
    return smaller(time->seconds, 1ULL << 33) * NANOSECONDS + (uint32_t)time->nanoseconds;
}

static inline struct timespec64 time_of_nanoseconds(uint64_t time)
{
    return (struct timespec64){ time / NANOSECONDS, time % NANOSECONDS };
}

static inline struct timer_times times_from32(const struct timer_times32 *times)
{
    return (struct timer_times){
        { times->period.seconds, times->period.nanoseconds }, { times->value.seconds, times->value.nanoseconds },
    };
}

static inline struct timer_times32 times_to32(const struct timer_times *times)
{
    return (struct timer_times32){
        { times->period.seconds, times->period.nanoseconds }, { times->value.seconds, times->value.nanoseconds },
    };
}

#endif
