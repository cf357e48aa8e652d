/*
 * /dev/xen/evtchn: ports for the program. One that has an event is masked, and waits in a
 * queue to be read; written back, it may have the next. A port is in the queue once at
 * most, so it never overflows.
 */
#include <devices/evtchn.h>
#include <environment/environment.h>
#include <files/files.h>
#include <interrupts/events.h>
#include <interrupts/interrupts.h>
#include <memory/program.h>
#include <xen/event_channel.h>

#define FIRST_RESERVED_DOMID 0x7ff0

struct port {
    struct opened *opened;
    struct port *next; /* of the same file */
    uint32_t number;

    /* The handler's too. */
    bool masked, queued;
    struct port *next_queued;
};

/* What each open file has. */
struct opened {
    struct wait_queue queue;
    struct opened *next;
    struct port *ports;
    uint16_t restricted_to; /* or DOMID_INVALID */
    struct port *first_queued, **last_link;
};

static struct pool port_pool = { .object_size = sizeof(struct port) };
static struct pool opened_pool = { .object_size = sizeof(struct opened) };
static struct opened *all_opened;

static void happened(void *context)
{
    struct port *port = context;
    struct opened *opened = port->opened;

    event_mask(port->number);
    port->masked = true;
    if (port->queued)
        return;
    port->queued = true;
    port->next_queued = NULL;
    *opened->last_link = port;
    opened->last_link = &port->next_queued;
    wake_from_interrupt(&opened->queue);
}

/* Those that pull something from the queue do so with interrupts off. */
static struct port *pull(struct opened *opened)
{
    struct port *port = opened->first_queued;

    opened->first_queued = port->next_queued;
    if (!opened->first_queued)
        opened->last_link = &opened->first_queued;
    port->queued = false;
    return port;
}

static void pull_out(struct opened *opened, struct port *out)
{
    struct port **link = &opened->first_queued;

    while (*link && *link != out)
        link = &(*link)->next_queued;
    if (!*link)
        return;
    *link = out->next_queued;
    if (!*link)
        opened->last_link = link;
}

static int open(struct file *file)
{
    struct opened *opened;

    if (!environment.xen)
        return -ENODEV;
    opened = pool_take(&opened_pool);
    if (!opened)
        return -ENOMEM;
    *opened = (struct opened){ .queue.outside = true, .next = all_opened, .restricted_to = DOMID_INVALID };
    opened->last_link = &opened->first_queued;
    all_opened = opened;
    file->state = opened;
    return 0;
}

static struct port **find_port(struct opened *opened, uint32_t number)
{
    struct port **link = &opened->ports;

    while (*link && (*link)->number != number)
        link = &(*link)->next;
    return link;
}

bool evtchn_has_port(uint32_t port)
{
    for (struct opened *opened = all_opened; opened; opened = opened->next)
        if (*find_port(opened, port))
            return true;
    return false;
}

static void give_port(struct port **link)
{
    struct port *port = *link;

    event_close(port->number);
    interrupts_off();
    pull_out(port->opened, port);
    interrupts_on();
    *link = port->next;
    pool_give(&port_pool, port);
}

static void close(struct file *file)
{
    struct opened *opened = file->state, **link = &all_opened;

    while (opened->ports)
        give_port(&opened->ports);
    while (*link != opened)
        link = &(*link)->next;
    *link = opened->next;
    wake_noted(); /* it may be among what was noted */
    pool_give(&opened_pool, opened);
}

static long read_ports(struct file *file, void *to, size_t size, uint64_t *position)
{
    struct opened *opened = file->state;
    uint32_t *ports = to;
    size_t most = smaller(size, PAGE_SIZE) / sizeof(*ports), count = 0;

    (void)position;
    if (!most)
        return 0;
    interrupts_off();
    for (; count < most && opened->first_queued; count++) {
        uint32_t number = pull(opened)->number;

        memcpy(&ports[count], &number, sizeof(number));
    }
    interrupts_on();
    return count ? (long)(count * sizeof(*ports)) : -EAGAIN;
}

static long write_ports(struct file *file, const void *from, size_t size, uint64_t *position)
{
    struct opened *opened = file->state;
    const uint32_t *ports = from;
    size_t count = smaller(size, PAGE_SIZE) / sizeof(*ports);

    (void)position;
    for (size_t i = 0; i < count; i++) {
        uint32_t number;
        struct port *port;

        memcpy(&number, &ports[i], sizeof(number));
        port = *find_port(opened, number);
        if (!port || !port->masked)
            continue;
        port->masked = false;
        event_unmask(number);
    }
    return count * sizeof(*ports);
}

static unsigned ready(struct file *file)
{
    const struct opened *opened = file->state;

    return POLLOUT | POLLWRNORM | (opened->first_queued ? POLLIN | POLLRDNORM : 0);
}

static struct wait_queue *queue(struct file *file)
{
    struct opened *opened = file->state;

    return &opened->queue;
}

static bool permits(const struct opened *opened, uint32_t domid)
{
    return opened->restricted_to == DOMID_INVALID || opened->restricted_to == domid;
}

enum binding { VIRQ, INTERDOMAIN, UNBOUND };

/* The first event may be there before the port's number is known. */
static long bind(struct opened *opened, enum binding how, uint32_t what, uint32_t remote_port)
{
    struct port *port = pool_take(&port_pool);
    int number;

    if (!port)
        return -ENOMEM;
    *port = (struct port){ .opened = opened, .next = opened->ports };
    interrupts_off();
    switch (how) {
    case VIRQ: number = event_bind_virq(what, happened, port); break;
    case INTERDOMAIN: number = event_bind_interdomain(what, remote_port, happened, port); break;
    default: number = event_alloc_unbound(what, happened, port); break;
    }
    port->number = number;
    interrupts_on();
    if (number < 0)
        pool_give(&port_pool, port);
    else
        opened->ports = port;
    return number;
}

static long bind_virq(struct opened *opened, const struct evtchn_bind_virq_call *argument)
{
    struct evtchn_bind_virq_call call;

    if (opened->restricted_to != DOMID_INVALID)
        return -EACCES;
    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    return bind(opened, VIRQ, call.virq, 0);
}

static long bind_interdomain(struct opened *opened, const struct evtchn_bind_interdomain_call *argument)
{
    struct evtchn_bind_interdomain_call call;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (!permits(opened, call.remote_domain))
        return -EACCES;
    return bind(opened, INTERDOMAIN, call.remote_domain, call.remote_port);
}

static long bind_unbound(struct opened *opened, const struct evtchn_bind_unbound_call *argument)
{
    struct evtchn_bind_unbound_call call;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (!permits(opened, call.remote_domain))
        return -EACCES;
    return bind(opened, UNBOUND, call.remote_domain, 0);
}

static long unbind(struct opened *opened, const struct evtchn_port_call *argument)
{
    struct evtchn_port_call call;
    struct port **link;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (call.port >= EVTCHN_2L_NR_CHANNELS)
        return -EINVAL;
    link = find_port(opened, call.port);
    if (!*link)
        return -ENOTCONN;
    give_port(link);
    return 0;
}

static long notify(struct opened *opened, const struct evtchn_port_call *argument)
{
    struct evtchn_port_call call;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (!*find_port(opened, call.port))
        return -ENOTCONN;
    event_send(call.port);
    return 0;
}

/* What has not been read is forgotten; its ports stay masked until they are written. */
static long reset(struct opened *opened)
{
    interrupts_off();
    while (opened->first_queued)
        pull(opened);
    interrupts_on();
    return 0;
}

static long restrict_to(struct opened *opened, const struct evtchn_restrict_call *argument)
{
    struct evtchn_restrict_call call;

    if (opened->restricted_to != DOMID_INVALID)
        return -EACCES;
    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (!call.domid || call.domid >= FIRST_RESERVED_DOMID)
        return -EINVAL;
    opened->restricted_to = call.domid;
    return 0;
}

static long control(struct file *file, unsigned long request, void *argument)
{
    switch (request) {
    case IOCTL_EVTCHN_BIND_VIRQ: return bind_virq(file->state, argument);
    case IOCTL_EVTCHN_BIND_INTERDOMAIN: return bind_interdomain(file->state, argument);
    case IOCTL_EVTCHN_BIND_UNBOUND_PORT: return bind_unbound(file->state, argument);
    case IOCTL_EVTCHN_UNBIND: return unbind(file->state, argument);
    case IOCTL_EVTCHN_NOTIFY: return notify(file->state, argument);
    case IOCTL_EVTCHN_RESET: return reset(file->state);
    case IOCTL_EVTCHN_RESTRICT_DOMID: return restrict_to(file->state, argument);
    default: return -ENOSYS;
    }
}

static const struct file_kind evtchn_file = {
    .mode = S_IFCHR, .present = &environment.xen, .open = open, .read = read_ports, .write = write_ports,
    .seek = seek_nowhere, .ioctl = control, .ready = ready, .queue = queue, .close = close,
};

/* Beside privcmd. */
DEVICE(evtchn, "dev/xen/evtchn", &evtchn_file, 0xa3d, 0600);
