/*
 * A device through which a program tries the kernel's xenstore client, and is the
 * daemon itself. Both ends of the event channel are this domain's.
 */
#include <devices/xenbus.h>
#include <interrupts/events.h>
#include <memory/pages.h>
#include <time/clock.h>
#include <xen/interface.h>
#include "xenstore.h"

static struct xenstore_domain_interface *page;
static int daemon_port, kernel_port;
static volatile bool told;
static struct wait_queue queue = { .outside = true };

static void happened(void *context)
{
    (void)context;
    told = true;
    wake_from_interrupt(&queue);
}

static long start(struct store_request *with)
{
    if (!page) {
        daemon_port = event_alloc_unbound(DOMID_SELF, happened, NULL);
        kernel_port = event_bind_interdomain(DOMID_SELF, daemon_port, happened, NULL);
        page = page_address(page_take());
    }
    memset(page, 0, PAGE_SIZE);
    xenstore_use(page, kernel_port);
    with->bytes = (char *)page;
    return 0;
}

static long wait_for_kernel(unsigned milliseconds)
{
    uint64_t deadline = clock_monotonic() + milliseconds * 1000000ULL;

    while (!told && wait_on(&queue, 0, deadline) == WAKE_EVENT)
        ;
    return __atomic_exchange_n(&told, false, __ATOMIC_SEQ_CST);
}

static unsigned changes;
static char last_path[64];

static void changed(struct xenstore_watch *watch, const char *path)
{
    (void)watch;
    changes++;
    format(last_path, sizeof(last_path), "%s", path);
}

static struct xenstore_watch watch = { .changed = changed };

static long ioctl(struct file *file, unsigned long request, void *argument)
{
    struct store_request *with = argument;
    struct xenstore_permission *list = (void *)with->bytes;

    (void)file;
    _Static_assert(sizeof(*list) == sizeof(struct store_permission), "as the program has it");
    switch (request) {
    case RING_START: return start(with);
    case RING_TELL: return event_send(daemon_port);
    case RING_WAIT: return wait_for_kernel(with->size);
    case STORE_BEGIN: return xenstore_begin(&with->transaction);
    case STORE_END: return xenstore_end(with->transaction, with->size);
    case STORE_READ: return xenstore_read(with->transaction, with->path, with->bytes, with->size);
    case STORE_WRITE: return xenstore_write(with->transaction, with->path, with->bytes, with->size);
    case STORE_MAKE: return xenstore_make(with->transaction, with->path);
    case STORE_REMOVE: return xenstore_remove(with->transaction, with->path);
    case STORE_LIST: return xenstore_list(with->transaction, with->path, with->bytes, with->size);
    case STORE_PERMISSIONS: return xenstore_permissions(with->transaction, with->path, list, with->size);
    case STORE_PERMIT: return xenstore_permit(with->transaction, with->path, list, with->size);
    case STORE_WATCH: return xenstore_watch(&watch, with->path);
    case STORE_UNWATCH: return xenstore_unwatch(&watch, with->path);
    case STORE_CHANGED: return memcpy(with->bytes, last_path, sizeof(last_path)), changes;
    default: return -ENOTTY;
    }
}

/* The same kind as where there is a daemon. */
static int open_xenbus(struct file *file)
{
    file->node.kind = &xenbus_file;
    return xenbus_file.open(file);
}

static const struct file_kind store_file = { .mode = S_IFCHR, .ioctl = ioctl };
static const struct file_kind xenbus_here = { .mode = S_IFCHR, .open = open_xenbus };

DEVICE(store, "dev/xenstore", &store_file, 0xf000, 0600);
DEVICE(xenbus_here, "dev/xenbus", &xenbus_here, 0xf001, 0600);
