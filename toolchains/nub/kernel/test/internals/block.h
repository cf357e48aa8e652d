/*
 * What the program `block` asks the device of the same name, besides xenstore.h.
 */
#include <stdint.h>

enum {
    BLOCK_BEGIN = 100, /* disks are looked for */
    BLOCK_RING,        /* `bytes` are where xvda has its ring; NULL: it has none */
    BLOCK_BIND,        /* the backend's end of the port `number`; an earlier one is closed */
    BLOCK_TELL,        /* an event for the front end */
    BLOCK_GET,         /* `size` bytes from the start of a page that is lent by the reference `number` */
    BLOCK_PUT,
    BLOCK_UNUSED,      /* answers how many pages there are left, but for those that disks keep */
    BLOCK_WAITING,     /* how many requests are under way */
};

struct block_request {
    char *bytes;
    uint32_t size, number;
};
