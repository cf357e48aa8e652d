/*
 * The PC's interrupts, for where there is no Xen: two 8259 controllers, and the
 * interval timer's channel 0 on line 0. They are old and slow, and every
 * machine that QEMU makes for PVH has them.
 */
#include <interrupts/interrupts.h>
#include <time/clock.h>

enum { FIRST_COMMAND = 0x20, FIRST_DATA = 0x21, SECOND_COMMAND = 0xa0, SECOND_DATA = 0xa1 };
enum { TIMER_CHANNEL0 = 0x40, TIMER_MODE = 0x43 };

#define LINES 16
#define LINE_TIMER 0
#define LINE_SECOND 2 /* where the second controller joins the first */
#define END_OF_INTERRUPT 0x20
#define TIMER_RATE 1193182 /* Hz */
#define MOST_TICKS 0xffff

static struct {
    void (*handler)(void *context);
    void *context;
} lines[LINES];

static uint16_t masked = (uint16_t)~(1 << LINE_TIMER);

static void acknowledge(unsigned vector)
{
    unsigned line = vector - VECTOR_FIRST_LINE;

    if (line < LINES && lines[line].handler)
        lines[line].handler(lines[line].context);
    if (line >= 8)
        out8(SECOND_COMMAND, END_OF_INTERRUPT);
    out8(FIRST_COMMAND, END_OF_INTERRUPT);
}

/* The counter has 16 bits, 55 ms: a later time is reached in steps, for who
 * finds that an interrupt came early orders another one. */
static void set_timer(uint64_t when)
{
    uint64_t now = clock_monotonic();
    uint64_t left = when > now ? smaller(when - now, NANOSECONDS) : 0;
    uint64_t ticks = smaller(left * TIMER_RATE / NANOSECONDS + 1, MOST_TICKS);

    out8(TIMER_MODE, 0x30); /* channel 0, both bytes, interrupt when it is zero */
    out8(TIMER_CHANNEL0, ticks & 0xff);
    out8(TIMER_CHANNEL0, ticks >> 8);
}

/* After `sti` no interrupt comes before the next instruction is done. */
static void wait(uint64_t until)
{
    if (until != NEVER)
        set_timer(until);
    cpu_raise();
    __asm__ volatile("sti; hlt; cli" ::: "memory");
}

static const struct interrupt_source pc_interrupts = { acknowledge, set_timer, wait };

static void write_masks(void)
{
    out8(FIRST_DATA, masked & 0xff);
    out8(SECOND_DATA, masked >> 8);
}

void line_bind(unsigned line, void (*handler)(void *context), void *context)
{
    lines[line].handler = handler;
    lines[line].context = context;
    masked &= ~(1 << line | (line >= 8 ? 1 << LINE_SECOND : 0));
    write_masks();
}

/* Each controller takes four initialization words: begin, the first vector,
 * how they are joined, the 8086's way. */
static void start_controller(uint16_t command, uint16_t data, uint8_t vector, uint8_t join)
{
    out8(command, 0x11);
    out8(data, vector);
    out8(data, join);
    out8(data, 0x01);
}

void interrupts_use_pc(void)
{
    start_controller(FIRST_COMMAND, FIRST_DATA, VECTOR_FIRST_LINE, 1 << LINE_SECOND);
    start_controller(SECOND_COMMAND, SECOND_DATA, VECTOR_FIRST_LINE + 8, LINE_SECOND);
    write_masks();
    interrupt_source = &pc_interrupts;
}
