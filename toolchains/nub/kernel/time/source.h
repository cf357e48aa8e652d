/*
 * What a source of time has to provide.
 */
#ifndef TIME_SOURCE_H
#define TIME_SOURCE_H

#include <time/clock.h>

struct clock_source {
    uint64_t (*now)(void);   /* nanoseconds since boot */
    uint64_t (*epoch)(void); /* the wall clock at boot */
    void (*wait)(uint64_t until);
    uint64_t (*duration)(uint64_t ticks);
};

extern const struct clock_source *clock_source;

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

#endif
