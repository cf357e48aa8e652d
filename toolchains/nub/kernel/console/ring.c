/*
 * An ordinary domain's console: a page with a ring for each direction, shared
 * with the console daemon (io/console.h), and an event channel to wake it.
 */
#include <arch.h>
#include <console/console.h>
#include <interrupts/events.h>
#include <time/clock.h>
#include <xen/hypercall.h>

/* How long the kernel's own words wait for a daemon that does not read, and nothing
 * else runs meanwhile; once: from then on, what finds no room is lost until the daemon
 * reads again. */
#define PATIENCE 2000000000LL

static volatile struct xencons_interface *ring;
static uint32_t port;

static void notify(void)
{
    event_send(port);
}

/* The daemon has read nothing for as long as we wait, and this is how far it was. */
static bool gone;
static uint32_t last_read;

static unsigned long lost; /* bytes, since it was gone */

static bool is_gone(void)
{
    gone &= ring->out_cons == last_read;
    return gone;
}

/* Waits until at most `most` bytes are still unread by the daemon. */
static bool wait_for_reader(uint32_t most)
{
    uint64_t end = clock_monotonic() + PATIENCE;

    while (ring->out_prod - ring->out_cons > most) {
        if (is_gone())
            return false;
        if (ring->out_cons != last_read) {
            last_read = ring->out_cons;
            end = clock_monotonic() + PATIENCE;
        }
        gone = clock_monotonic() > end;
        notify();
        clock_wait_until(clock_monotonic() + 1000000);
    }
    return true;
}

static void put(char c)
{
    uint32_t at = ring->out_prod;

    if (at - ring->out_cons == sizeof(ring->out)
        && !wait_for_reader(sizeof(ring->out) - 1)) {
        lost++;
        return;
    }
    ring->out[at & (sizeof(ring->out) - 1)] = c;
    barrier();
    ring->out_prod = at + 1;
}

/* Says what is missing, once there is room for that. */
static void tell_lost(void)
{
    char text[64];
    size_t length;

    if (!lost || sizeof(ring->out) - (ring->out_prod - ring->out_cons) < sizeof(text))
        return;
    length = format(text, sizeof(text), "\r\nnub: %lu bytes for the console are lost\r\n", lost);
    lost = 0;
    for (size_t i = 0; i < length; i++)
        put(text[i]);
}

static void write(const char *text, size_t size)
{
    tell_lost();
    for (; size; size--, text++) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
    notify();
}

static size_t read(char *to, size_t size)
{
    uint32_t at = ring->in_cons, end = ring->in_prod;
    size_t length = 0;

    barrier();
    for (; length < size && at != end; at++)
        to[length++] = ring->in[at & (sizeof(ring->in) - 1)];
    barrier();
    ring->in_cons = at;
    if (length)
        notify();
    return length;
}

/* A new line takes two bytes. */
static size_t room(void)
{
    return is_gone() ? SIZE_MAX : (sizeof(ring->out) - (ring->out_prod - ring->out_cons)) / 2;
}

static uint32_t taken(void)
{
    return ring->out_cons;
}

static void give_up(void)
{
    last_read = ring->out_cons;
    gone = true;
}

static void flush(void)
{
    wait_for_reader(0);
}

static void listen(void (*handler)(void *context), void *context)
{
    if (event_bind(port, handler, context) < 0)
        panic("the console's event channel, %u, cannot be used", (unsigned)port);
}

static const struct console ring_console = {
    .write = write, .read = read, .flush = flush, .listen = listen,
    .room = room, .taken = taken, .give_up = give_up,
};

void console_use_ring(struct xencons_interface *shared, uint32_t its_port)
{
    ring = shared;
    port = its_port;
    console = &ring_console;
}
