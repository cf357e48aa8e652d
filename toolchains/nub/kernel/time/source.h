/*
 * What a source of time has to provide.
 */
#ifndef TIME_SOURCE_H
#define TIME_SOURCE_H

#include <arch.h>
#include <time/clock.h>
#include <xen/interface.h>

struct clock_source {
    const volatile struct vcpu_time_info *time; /* as Xen keeps it; so does whoever has to do without Xen */
    uint64_t (*epoch)(void);                    /* the wall clock at boot */
    void (*wait)(uint64_t until);
};

extern struct clock_source clock_source;

void clock_use(const struct clock_source *source);

/* ((ticks << shift) * multiplier) >> 32, the way Xen counts. */
static inline uint64_t scale_tsc(uint64_t ticks, uint32_t multiplier, int shift)
{
    ticks = shift < 0 ? ticks >> -shift : ticks << shift;
#ifdef __x86_64__
    return (unsigned __int128)ticks * multiplier >> 32;
#else
    return (ticks >> 32) * multiplier + ((ticks & 0xffffffff) * multiplier >> 32);
#endif
}

/* Nanoseconds since boot. Programs look at the clock often, so this is a part of
 * what they call. */
static inline uint64_t clock_look(void)
{
    const volatile struct vcpu_time_info *time = clock_source.time;
    uint32_t version;
    uint64_t result;

    do {
        version = time->version;
        barrier();
        result = time->system_time
               + scale_tsc(read_tsc() - time->tsc_timestamp, time->tsc_to_system_mul, time->tsc_shift);
        barrier();
    } while (version & 1 || version != time->version);
    return result;
}

#endif
