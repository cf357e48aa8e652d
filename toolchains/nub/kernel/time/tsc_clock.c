/*
 * Time without a hypervisor: the time stamp counter, measured against the
 * PC's interval timer, and the date from its battery clock.
 */
#include <arch.h>
#include <time/source.h>

#define TIMER_RATE 1193182 /* Hz, the interval timer's input */
#define MEASURE_TICKS (TIMER_RATE / 100)
#define LOOKS 5

/* The interval timer's channel 2, and the gate that starts it. */
enum { TIMER_CHANNEL2 = 0x42, TIMER_MODE = 0x43, TIMER_GATE = 0x61 };
#define GATE_ON 0x01
#define SPEAKER_ON 0x02
#define OUTPUT_HIGH 0x20

/* The battery clock's registers. */
enum { CMOS_INDEX = 0x70, CMOS_DATA = 0x71 };
enum { SECOND = 0, MINUTE = 2, HOUR = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_A = 10, STATUS_B = 11 };
#define UPDATE_IN_PROGRESS 0x80
#define IS_BINARY 0x04
#define IS_24_HOURS 0x02

static uint64_t start_date;
static struct vcpu_time_info time;

/* Where both counters were at one moment. */
struct moment {
    uint64_t tsc;
    uint16_t ticks; /* that the interval timer still has to go */
};

/* Reading the interval timer takes some time, and another machine's work may come in
 * between: the quickest of several looks counts. */
static struct moment look(void)
{
    struct moment best = { 0, 0 };
    uint64_t least = ~0ULL;

    for (int i = 0; i < LOOKS; i++) {
        uint64_t before = read_tsc(), taken;
        uint16_t ticks;

        out8(TIMER_MODE, 0x80); /* latch channel 2 */
        ticks = in8(TIMER_CHANNEL2);
        ticks |= in8(TIMER_CHANNEL2) << 8;
        taken = read_tsc() - before;
        if (taken < least) {
            least = taken;
            best = (struct moment){ before + taken / 2, ticks };
        }
    }
    return best;
}

/* The time stamp counter's ticks in a second. */
static uint64_t measure(void)
{
    struct moment first, last;

    out8(TIMER_GATE, (in8(TIMER_GATE) & ~SPEAKER_ON) | GATE_ON);
    do {
        out8(TIMER_MODE, 0xb0); /* channel 2, both bytes, one shot */
        out8(TIMER_CHANNEL2, 0xff);
        out8(TIMER_CHANNEL2, 0xff);
        first = look();
        do
            last = look();
        while ((uint16_t)(first.ticks - last.ticks) < MEASURE_TICKS && !(in8(TIMER_GATE) & OUTPUT_HIGH));
    } while (in8(TIMER_GATE) & OUTPUT_HIGH); /* it has come to its end, and begun anew */
    return (last.tsc - first.tsc) * TIMER_RATE / (uint16_t)(first.ticks - last.ticks);
}

static uint8_t cmos(uint8_t index)
{
    out8(CMOS_INDEX, index);
    return in8(CMOS_DATA);
}

/* Days from 1970 to a date of the Gregorian calendar, counting the year from
 * March so that the day that comes and goes is its last. */
static uint64_t days_until(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month <= 2 ? year - 1 : year;
    unsigned m = month <= 2 ? month + 9 : month - 3;

    return 365ULL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static uint64_t read_date(void)
{
    static const uint8_t registers[] = { SECOND, MINUTE, HOUR, DAY, MONTH, YEAR };
    unsigned v[COUNT_OF(registers)];
    uint8_t status = cmos(STATUS_B);
    bool afternoon;

    while (cmos(STATUS_A) & UPDATE_IN_PROGRESS)
        relax();
    for (unsigned i = 0; i < COUNT_OF(registers); i++)
        v[i] = cmos(registers[i]);
    afternoon = !(status & IS_24_HOURS) && v[2] & 0x80;
    v[2] &= 0x7f;
    if (!(status & IS_BINARY))
        for (unsigned i = 0; i < COUNT_OF(registers); i++)
            v[i] = (v[i] >> 4) * 10 + (v[i] & 15);
    if (!(status & IS_24_HOURS))
        v[2] = v[2] % 12 + (afternoon ? 12 : 0);
    return (days_until(2000 + v[5], v[4], v[3]) * 24 + v[2]) * 3600 + v[1] * 60 + v[0];
}

static uint64_t epoch(void) { return start_date * NANOSECONDS; }

static void wait(uint64_t until)
{
    (void)until;
    relax();
}

void clock_use_tsc(void)
{
    uint64_t rate = measure();

    /* The multiplier / 2^32 is nanoseconds a tick, after a shift that keeps it
     * below 1 for slow counters. */
    while (rate <= NANOSECONDS) {
        rate <<= 1;
        time.tsc_shift++;
    }
    time.tsc_to_system_mul = (NANOSECONDS << 32) / rate;
    start_date = read_date();
    time.tsc_timestamp = read_tsc();
    clock_use(&(struct clock_source){ &time, epoch, wait });
}
