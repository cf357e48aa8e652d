/*
 * Further consoles, /dev/hvc1 and up: a page with a ring for each direction, shared with
 * whoever serves the console (io/console.h), and an event channel. Console 0 is the
 * domain's own (console/).
 */
#ifndef DEVICES_HVC_H
#define DEVICES_HVC_H

#include <frontends/frontend.h>
#include <xen/interface.h>

/* <asm-generic/termbits.h>: a terminal's settings as TCGETS and TCSETS have them. */
struct terminal {
    uint32_t input, output, control, local;
    uint8_t line, characters[19];
};

struct hvc {
    struct frontend frontend;
    struct frontend_ring ring;
    struct wait_queue queue;
    struct terminal terminal;
    uint32_t in, out; /* how far we have read and written */
};

/* Of the ring; `page` is what the backend writes to as well. */
volatile struct xencons_interface *hvc_page(const struct hvc *hvc);
bool hvc_connected(const struct hvc *hvc);

/* How many bytes wait to be read, and how many can be written. The backend fails if it
 * says what cannot be. */
uint32_t hvc_waiting(struct hvc *hvc);
uint32_t hvc_room(struct hvc *hvc);

/* What there is, and what finds room; 0: nothing. */
size_t hvc_read(struct hvc *hvc, char *to, size_t size);
size_t hvc_write(struct hvc *hvc, const char *from, size_t size);
void hvc_drop_input(struct hvc *hvc);

/* The console of that number, connected: 0 or a negative error number. */
int hvc_find(uint32_t number, struct hvc **hvc);

/* A terminal's requests. */
void terminal_start(struct terminal *terminal);
long hvc_control(struct hvc *hvc, unsigned long request, void *argument);

#endif
