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

    /* Names the handler for when something has come in; NULL if nothing can. */
    void (*listen)(void (*handler)(void *context), void *context);

    /* Only where the other end may be too slow: how many bytes can be written
     * without waiting; how many it has taken so far; and that what finds no room
     * is lost from now on, until it takes some. */
    size_t (*room)(void);
    uint32_t (*taken)(void);
    void (*give_up)(void);
};

/* The one in use. */
extern const struct console *console;

struct xencons_interface;

void console_use_hypervisor(void); /* the initial domain: Xen's own console */
void console_use_ring(struct xencons_interface *ring, uint32_t port); /* another domain's */
void console_use_serial(void);     /* no Xen: the first serial port */
void console_use_debug_port(void); /* PVH, until its ring can be reached */

void console_write(const char *text, size_t size);
bool console_at_line_start(void);

/* How much of a text can be written now without waiting. Who waits for room asks for
 * it, and is woken by outside_changed(). */
size_t console_room(size_t wanted);

/* Takes input in from now on; interrupts are set up, but still off. */
void console_listen(void);

/* Is there input, or its end, to be read? */
bool console_has_input(void);

/* Reads what there is; 0 means the end of the input, unless there is none. */
size_t console_read(char *to, size_t size);

#endif
