/*
 * Random bytes, from the processor's generator where it has one. Without it
 * they come from the time stamp counter, well mixed but guessable: good for
 * hash seeds, not for keys.
 */
#include <arch.h>

#define HAS_RDRAND (1 << 30) /* of ecx of CPUID's leaf 1 */

static bool processor_random(unsigned long *value)
{
    bool good = false;

    for (int attempt = 0; attempt < 10 && !good; attempt++)
        __asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(good) : : "cc");
    return good;
}

/* SplitMix64 (Steele, Lea, Flood 2014), stirred by the counter each time. */
static uint64_t mixed_random(void)
{
    static uint64_t state;
    uint64_t z;

    state += 0x9e3779b97f4a7c15 ^ read_tsc();
    z = state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void random_fill(void *to, size_t size)
{
    bool has_rdrand = cpuid(1).c & HAS_RDRAND;
    char *at = to;

    while (size) {
        unsigned long value;
        size_t part = smaller(size, sizeof(value));

        if (!has_rdrand || !processor_random(&value))
            value = mixed_random();
        memcpy(at, &value, part);
        at += part;
        size -= part;
    }
}
