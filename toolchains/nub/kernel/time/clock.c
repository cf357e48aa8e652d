/*
 * The clock's common part: a source, and the wall clock as its offset.
 */
#include <time/source.h>

const struct clock_source *clock_source;
uint64_t clock_started;

void clock_use(const struct clock_source *source)
{
    clock_source = source;
    clock_started = source->now();
}

uint64_t clock_monotonic(void)
{
    return clock_source ? clock_source->now() : 0;
}

uint64_t clock_realtime(void)
{
    return clock_source->now() + clock_source->epoch();
}

void clock_wait_until(uint64_t monotonic)
{
    while (clock_source && clock_monotonic() < monotonic)
        clock_source->wait(monotonic);
}

uint64_t clock_duration(uint64_t ticks)
{
    return clock_source->duration(ticks);
}

uint64_t clock_deadline(int64_t seconds, uint32_t nanoseconds)
{
    if (seconds < 0)
        return 0;
    return clock_monotonic() + smaller(seconds, 1ULL << 33) * NANOSECONDS + nanoseconds;
}

uint64_t clock_deadline_milliseconds(int milliseconds)
{
    if (milliseconds <= 0)
        return milliseconds < 0 ? ~0ULL : 0;
    return clock_deadline(milliseconds / 1000, milliseconds % 1000 * 1000000);
}
