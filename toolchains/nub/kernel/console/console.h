/*
 * The console: one way out and one way in, whatever stands behind it.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include <nub.h>

struct console {
    void (*write)(const char *text, size_t size);
    size_t (*read)(char *to, size_t size); /* what is there now, maybe nothing */
    void (*flush)(void);                   /* until the other end has it all */
};

/* The one in use. */
extern const struct console *console;

struct xencons_interface;

void console_use_hypervisor(void); /* the initial domain: Xen's own console */
void console_use_ring(struct xencons_interface *ring, uint32_t port); /* another domain's */
void console_use_serial(void);     /* no Xen: the first serial port */
void console_use_debug_port(void); /* PVH, until its ring can be reached */

void console_write(const char *text, size_t size);

/* Reads at least one byte, waiting for it; 0 means the end of the input. */
size_t console_read(char *to, size_t size);

#endif
