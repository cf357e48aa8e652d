/*
 * The clock's common part: a source, and the wall clock as its offset.
 */
#include <time/source.h>

/* Until there is one, time stands still. */
static const struct vcpu_time_info none;

struct clock_source clock_source = { .time = &none };
uint64_t clock_started;

void clock_use(const struct clock_source *source)
{
    clock_source = *source;
    clock_started = clock_look();
}

uint64_t clock_monotonic(void)
{
    return clock_look();
}

uint64_t clock_realtime(void)
{
    return clock_look() + clock_source.epoch();
}

void clock_wait_until(uint64_t monotonic)
{
    while (clock_source.wait && clock_monotonic() < monotonic)
        clock_source.wait(monotonic);
}

/* The rate may change a little while Xen corrects it; who counts in ticks does
 * without such corrections. */
uint64_t clock_duration(uint64_t ticks)
{
    return scale_tsc(ticks, clock_source.time->tsc_to_system_mul, clock_source.time->tsc_shift);
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
