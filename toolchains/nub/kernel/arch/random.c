/*
 * Random bytes: a sponge (Bertoni, Daemen, Peeters, Van Assche 2007) on ChaCha's
 * permutation, which takes in what the processor's generator has, or else how
 * long the same work takes each time, and gives out bytes that tell nothing of
 * what came before or after them.
 *
 * Xen and QEMU's loader hand nothing secret over that could be taken in.
 */
#include <arch.h>
#include <chacha.h>

#define HAS_RDRAND (1 << 30) /* of ecx of CPUID's leaf 1 */
#define HAS_RDSEED (1 << 18) /* of ebx of leaf 7 */
#define LEAF_FEATURES 7

/* Half of the state goes in and out; the other half is never seen. */
#define RATE 8

/* How many bits nobody can guess are enough for all that is given out. */
#define ENOUGH 256

/* One that differs from the last as the last did not counts for an eighth of a
 * bit; after so many it is clear that this processor's times do not vary. */
#define SAMPLES_A_BIT 8
#define MOST_SAMPLES 65536
#define FEW_SAMPLES 64

static uint32_t state[CHACHA_WORDS] = { [RATE] = 0x6e7562 };
static unsigned gathered; /* bits */

/* What interrupts leave, when the state may be in use. */
static volatile uint32_t noted[RATE];
static volatile unsigned note_count;

void random_note(uint64_t ticks)
{
    unsigned at = note_count++ % RATE;

    noted[at] = (noted[at] << 5 | noted[at] >> 27) ^ ticks;
}

static void take_in(const void *data, size_t size)
{
    uint32_t words[RATE] = { 0 };

    memcpy(words, data, smaller(size, sizeof(words)));
    for (int i = 0; i < RATE; i++)
        state[i] ^= words[i] ^ noted[i];
    chacha_permute(state);
}

static bool rdrand(unsigned long *value)
{
    bool good;

    __asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(good) : : "cc");
    return good;
}

static bool rdseed(unsigned long *value)
{
    bool good;

    __asm__ volatile("rdseed %0; setc %1" : "=r"(*value), "=qm"(good) : : "cc");
    return good;
}

/* Either may have nothing for a moment. */
static void gather_from(bool (*generator)(unsigned long *value))
{
    for (int attempt = 0; attempt < 100 && gathered < ENOUGH; attempt++) {
        unsigned long value;

        if (generator(&value)) {
            take_in(&value, sizeof(value));
            gathered += 8 * sizeof(value);
        }
    }
}

/* Some work that goes through memory, in an order that depends on the state. */
static uint32_t work(void)
{
    static volatile uint32_t memory[4096];
    uint32_t at = state[0], sum = 0;

    for (int i = 0; i < 32; i++) {
        sum += memory[at % COUNT_OF(memory)]++;
        at = at * 1664525 + 1013904223;
    }
    return sum;
}

static void gather_from_times(unsigned most)
{
    uint64_t last = read_tsc(), last_time = 0, last_change = 0;
    unsigned good = 0;

    for (unsigned i = 0; i < most && gathered < ENOUGH; i++) {
        struct {
            uint64_t ticks;
            uint32_t sum;
        } sample;
        uint64_t time, change;

        sample.sum = work();
        sample.ticks = read_tsc();
        time = sample.ticks - last;
        change = time - last_time;
        last = sample.ticks;
        if (time && change && change != last_change && ++good % SAMPLES_A_BIT == 0)
            gathered++;
        last_time = time;
        last_change = change;
        take_in(&sample, sizeof(sample));
    }
}

static bool has_rdseed(void)
{
    return cpuid(0).a >= LEAF_FEATURES && cpuid(LEAF_FEATURES).b & HAS_RDSEED;
}

static void gather(unsigned samples)
{
    if (has_rdseed())
        gather_from(rdseed);
    if (cpuid(1).c & HAS_RDRAND)
        gather_from(rdrand);
    gather_from_times(samples);
}

bool random_ready(void)
{
    if (gathered < ENOUGH)
        gather(MOST_SAMPLES);
    return gathered >= ENOUGH;
}

/* What was given out is overwritten, so that nobody can go back to it. */
static void give_out(char *to, size_t size)
{
    uint64_t now = read_tsc();

    take_in(&now, sizeof(now));
    while (size) {
        size_t part = smaller(size, RATE * sizeof(*state));

        chacha_permute(state);
        memcpy(to, state, part);
        to += part;
        size -= part;
    }
    memset(state, 0, RATE * sizeof(*state));
    chacha_permute(state);
}

void random_fill_early(void *to, size_t size)
{
    if (gathered < ENOUGH)
        gather(FEW_SAMPLES);
    give_out(to, size);
}

void random_fill(void *to, size_t size)
{
    static bool told;

    if (!random_ready() && !told) {
        told = true;
        print("nub: this processor has no source of randomness: random numbers can be guessed\n");
    }
    give_out(to, size);
}
