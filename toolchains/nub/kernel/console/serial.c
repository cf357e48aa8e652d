/*
 * The PC's first serial port, a 16550 UART; and Xen's debug port, which takes
 * the words of a PVH domain before its console can be reached.
 */
#include <arch.h>
#include <console/console.h>
#include <interrupts/interrupts.h>
#include <xen/numbers.h>

/* The registers of the UART at the place where COM1 has always been. */
enum {
    DATA = 0x3f8, INTERRUPTS = 0x3f9, FIFO = 0x3fa, LINE_CONTROL = 0x3fb,
    MODEM_CONTROL = 0x3fc, LINE_STATUS = 0x3fd, SCRATCH = 0x3ff,
};

#define LINE 4 /* of the interrupt controller */

#define DATA_READY 0x01
#define TRANSMITTER_FREE 0x20
#define TRANSMITTER_EMPTY 0x40

static bool present;

static void wait_for(uint8_t status)
{
    while (present && !(in8(LINE_STATUS) & status))
        relax();
}

static void put(char c)
{
    wait_for(TRANSMITTER_FREE);
    out8(DATA, c);
}

static void write(const char *text, size_t size)
{
    for (; size; size--, text++) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
}

static size_t read(char *to, size_t size)
{
    size_t length = 0;

    while (present && length < size && in8(LINE_STATUS) & DATA_READY)
        to[length++] = in8(DATA);
    return length;
}

static void flush(void)
{
    wait_for(TRANSMITTER_EMPTY);
}

/* What has come before does not interrupt again. */
static void listen(void (*handler)(void *context), void *context)
{
    line_bind(LINE, handler, context);
    handler(context);
}

static const struct console serial_console = { .write = write, .read = read, .flush = flush, .listen = listen };

void console_use_serial(void)
{
    /* Without a UART every register reads as ones, and nothing is kept. */
    out8(SCRATCH, 0x5a);
    present = in8(SCRATCH) == 0x5a;

    out8(INTERRUPTS, 0);
    out8(LINE_CONTROL, 0x80); /* the next two set the divisor: 115200 baud */
    out8(DATA, 1);
    out8(INTERRUPTS, 0);
    out8(LINE_CONTROL, 0x03); /* 8 bits, no parity, 1 stop bit */
    out8(FIFO, 0x07);         /* on, and empty */
    out8(MODEM_CONTROL, 0x0b); /* ready, and the interrupt line connected */
    out8(INTERRUPTS, 0x01);    /* one when something arrives */
    console = &serial_console;
}

static void debug_write(const char *text, size_t size)
{
    for (; size; size--, text++)
        out8(XEN_HVM_DEBUGCONS_IOPORT, *text);
}

static size_t debug_read(char *to, size_t size)
{
    (void)to;
    (void)size;
    return 0;
}

static void debug_flush(void) {}

static const struct console debug_console = { .write = debug_write, .read = debug_read, .flush = debug_flush };

void console_use_debug_port(void)
{
    console = &debug_console;
}
