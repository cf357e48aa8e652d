/*
 * What the front ends of all paravirtual devices have in common: finding the domain's
 * devices of a class in xenstore (`device/vbd/51712`), bringing each of them and its
 * backend through xenbus' states, and the pages and event channel that the two share.
 *
 * All of it is done as xenstore answers, in whichever thread is there, also when none of
 * the program's does anything. So what a class is called for must not wait. Whoever opens
 * a device waits for it with frontend_wait().
 *
 * Nothing that is in xenstore is trusted: a key that is missing, too long or no number is
 * as if it were not there, and a class says what it wants of those that are.
 *
 *     static const struct frontend_calls calls = { .offer = ..., .connect = ..., .end = ... };
 *     static struct frontend_class vifs = { .type = "vif", .calls = &calls, ... };
 *
 *     frontends_begin(&vifs);                               at boot, or at the first use
 *     frontends_settle(&vifs, deadline);                    those that there are have been found
 *     frontend_wait(frontend, deadline);                    it is connected
 */
#ifndef FRONTENDS_FRONTEND_H
#define FRONTENDS_FRONTEND_H

#include <interrupts/events.h>
#include <memory/pages.h>
#include <threads/wait.h>
#include <xen/xenbus.h>
#include <xenstore/xenstore.h>

struct frontend;

/* The kernel calls these; none may wait. */
struct frontend_calls {
    /* The domain has the device, for the first time or again; its own keys are known. An
     * error has it left alone. May be missing, as may whatever has no comment of its own. */
    int (*found)(struct frontend *frontend);

    /* The backend is ready to hear what it is to share, and its keys are known: makes the
     * ring and writes the keys that name it. The state is written afterwards. */
    int (*offer)(struct frontend *frontend);

    /* The backend is connected, and its keys are known as they are now. */
    int (*connect)(struct frontend *frontend);

    /* The backend says again that it is connected, for something has changed. */
    void (*changed)(struct frontend *frontend);

    /* What was offered has ended, or was refused by `connect` or failed in `offer`: takes
     * down what there is. The backend may still have the ring mapped. */
    void (*end)(struct frontend *frontend);

    /* The domain has the device no longer. `end` came before, if it was due. */
    void (*gone)(struct frontend *frontend);
};

struct frontend_class {
    const char *type;              /* "vbd" */
    size_t size;                   /* of a device of the class, which begins with its frontend */
    const char *const *own_keys;   /* that are read before `found`, NULL behind the last; or NULL */
    const char *const *keys;       /* of the backend's, before `offer`, `connect` and `changed` */
    enum xenbus_state offered;     /* the state after `offer`: Initialised, or Connected at once */
    const struct frontend_calls *calls;

    /* Not the class' own. */
    struct frontend *devices;      /* in the order of their numbers; none ever goes */
    unsigned count;
    bool begun, scanned, scanning, scan_again;
    struct xenstore_watch watch;
    struct wait_queue settled;
};

enum frontend_phase {
    FRONTEND_ABSENT,    /* the domain has no such device now */
    FRONTEND_FOUND,     /* the backend is not ready */
    FRONTEND_OFFERED,
    FRONTEND_CONNECTED,
    FRONTEND_CLOSED,    /* until the backend begins again */
};

#define FRONTEND_VALUE 64 /* a longer one counts as none; with the zero */

struct frontend_value {
    struct frontend *frontend;
    bool there;
    char text[FRONTEND_VALUE];
};

struct frontend {
    struct frontend_class *class;
    struct frontend *next;
    uint32_t number;               /* as the folder is called */
    enum frontend_phase phase;
    uint16_t backend_domid;
    char backend[FRONTEND_VALUE];  /* the folder */
    struct wait_queue phases;      /* woken with each change of the phase */

    /* Not the class' own. */
    struct frontend_value *own_values, *values, *identity, state_value;
    enum xenbus_state state, other;   /* as written, as read */
    unsigned asked;                   /* answers that are to come, */
    bool lost;                        /* not all of which came, */
    void (*then)(struct frontend *frontend);
    bool look_again;                  /* and what is to be done after that */
    bool listed, identifying;
    unsigned complaints;
    struct xenstore_watch watch;      /* of the backend's state */
};

/* Looks for devices of the class from now on, once. Nothing happens without xenstore. */
void frontends_begin(struct frontend_class *class);

/* Waits until those that there were at the beginning are found: 0 or a negative error
 * number. A signal does not end it. */
int frontends_settle(struct frontend_class *class, uint64_t deadline);

/* NULL: there has never been one of that number. */
struct frontend *frontend_find(struct frontend_class *class, uint32_t number);

/* Waits until it is connected: 0; -ENODEV when it is closed or gone, -ETIMEDOUT, or -EINTR
 * for a signal. */
int frontend_wait(struct frontend *frontend, uint64_t deadline);

/* The value of one of the class' keys in the own or the backend's folder, as it was read
 * last; NULL: there is none that fits. A number is of decimal digits. */
const char *frontend_own(const struct frontend *frontend, const char *key);
const char *frontend_value(const struct frontend *frontend, const char *key);
bool frontend_number(const struct frontend *frontend, const char *key, uint64_t *number);
uint64_t frontend_number_or(const struct frontend *frontend, const char *key, uint64_t otherwise);

/* Writes a key of the device's own folder, after all that was written before. Nobody
 * hears whether it went well; a backend that misses it does not connect. */
void frontend_write(struct frontend *frontend, const char *key, const char *value, ...) PRINTF_LIKE(3, 4);

/* The backend has done what cannot be: says so on the console, some times, ends the device,
 * and closes it. */
void frontend_fail(struct frontend *frontend, const char *why);

/*
 * Neighbouring pages, each lent to the backend, and a port for it to connect to. All of
 * it is taken down in the order that leaves the backend nothing of ours but the pages,
 * which are not used again before it has let go of them.
 */
#define FRONTEND_RING_ORDER 4
#define FRONTEND_RING_PAGES (1u << FRONTEND_RING_ORDER)

struct frontend_ring {
    void *memory; /* NULL: there is none; zeroes at first */
    unsigned pages;
    uint32_t refs[FRONTEND_RING_PAGES];
    uint32_t port; /* 0: none */
};

int frontend_ring_make(struct frontend_ring *ring, uint16_t domid, unsigned pages);
int frontend_ring_listen(struct frontend_ring *ring, uint16_t domid, event_handler *handler, void *context);
void frontend_ring_end(struct frontend_ring *ring);

#endif
