/*
 * The initial domain's console is Xen's own, which it writes to and reads from
 * by hypercall. Xen reads the text through our page tables and does not wait
 * for pages to be brought in, so what it gets is always a copy in the kernel.
 */
#include <console/console.h>
#include <interrupts/events.h>
#include <xen/hypercall.h>

static void write(const char *text, size_t size)
{
    static char copy[256];

    while (size) {
        size_t part = smaller(size, sizeof(copy));

        memcpy(copy, text, part);
        HYPERCALL3(console_io, CONSOLEIO_write, part, copy);
        text += part;
        size -= part;
    }
}

static size_t read(char *to, size_t size)
{
    static char copy[256];
    long length = HYPERCALL3(console_io, CONSOLEIO_read, smaller(size, sizeof(copy)), copy);

    if (length <= 0)
        return 0;
    memcpy(to, copy, length);
    return length;
}

static void flush(void) {}

static void listen(void (*handler)(void *context), void *context)
{
    if (event_bind_virq(VIRQ_CONSOLE, handler, context) < 0)
        panic("Xen refuses the virtual interrupt of its console");
}

static const struct console hypervisor_console = { .write = write, .read = read, .flush = flush, .listen = listen };

void console_use_hypervisor(void)
{
    console = &hypervisor_console;
}
