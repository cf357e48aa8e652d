/*
 * What the program `xenstore` asks the device of the same name, which is linked into
 * the kernel for this test alone. The program plays xenstore's daemon, at the other
 * end of a ring of its own; /dev/xenbus is /dev/xen/xenbus where there is none.
 */
#include <stdint.h>

enum {
    RING_START, /* a new ring; its page is at `bytes` then */
    RING_TELL,  /* an event for the kernel */
    RING_WAIT,  /* for an event of the kernel's, `size` milliseconds at most; tells whether there was one */

    /* The kernel's calls, which answer what those do. */
    STORE_BEGIN,
    STORE_END, /* with `size`, it is committed */
    STORE_READ,
    STORE_WRITE, /* `size` bytes */
    STORE_MAKE,
    STORE_REMOVE,
    STORE_LIST,
    STORE_PERMISSIONS, /* `size` of them at most, to `bytes` */
    STORE_PERMIT,
    STORE_WATCH,
    STORE_UNWATCH,
    STORE_CHANGED, /* how many events the watch has had; the last path to `bytes` */
};

struct store_request {
    const char *path;
    char *bytes;
    uint32_t size, transaction;
};

/* As the kernel has it. */
struct store_permission {
    uint16_t domid;
    char access;
};
