/*
 * /dev/xen/gntdev: what other domains have lent, for the program to map. A list of
 * references gets an index, by which mmap then maps all of them.
 */
#include <devices/evtchn.h>
#include <devices/gntdev.h>
#include <environment/environment.h>
#include <files/files.h>
#include <interrupts/events.h>
#include <memory/granted.h>
#include <memory/program.h>

#define MOST_PAGES 65536U /* at once; Linux's */

/* What each open file has. */
struct opened {
    struct granted *lists; /* the lowest index first */
    uint32_t most, count;  /* pages, and how many are in the lists */
};

static struct pool pool = { .object_size = sizeof(struct opened) };

static int open(struct file *file)
{
    struct opened *opened;

    if (!environment.xen)
        return -ENODEV;
    opened = pool_take(&pool);
    if (!opened)
        return -ENOMEM;
    *opened = (struct opened){ .most = MOST_PAGES };
    file->state = opened;
    return 0;
}

static void send_event(struct granted *granted)
{
    if (evtchn_has_port(granted->port))
        event_send(granted->port);
}

static uint64_t size_of(const struct granted *granted)
{
    return (uint64_t)granted->foreign.count << PAGE_SHIFT;
}

/* At the first index where it fits in. */
static void add(struct opened *opened, struct granted *granted)
{
    struct granted **link = &opened->lists;
    uint64_t index = 0;

    while (*link && (*link)->index < index + size_of(granted)) {
        index = (*link)->index + size_of(*link);
        link = &(*link)->next;
    }
    granted->index = index;
    granted->next = *link;
    *link = granted;
    opened->count += granted->foreign.count;
}

static struct granted **find(struct opened *opened, uint64_t index)
{
    struct granted **link = &opened->lists;

    while (*link && index - (*link)->index >= size_of(*link))
        link = &(*link)->next;
    return link;
}

/* All of a list, or none. */
static struct granted **find_whole(struct opened *opened, uint64_t index, uint64_t count)
{
    struct granted **link = find(opened, index);

    return *link && (*link)->index == index && (*link)->foreign.count == count ? link : NULL;
}

static long add_refs(struct opened *opened, struct gntdev_map_call *argument)
{
    struct gntdev_map_call call;
    struct granted *granted;

    if (copy_from_program(&call, argument, offsetof(struct gntdev_map_call, refs)))
        return -EFAULT;
    if (!call.count || call.count > opened->most - smaller(opened->count, opened->most))
        return -EINVAL;
    if (!program_may_read(argument->refs, call.count * sizeof(*call.refs))
        || !program_may_write(&argument->index, sizeof(call.index)))
        return -EFAULT;
    granted = granted_make(call.count, "/dev/xen/gntdev");
    if (!granted)
        return -ENOMEM;
    for (size_t i = 0; i < call.count; i++) {
        granted->pages[i].domid = argument->refs[i].domid;
        granted->pages[i].ref = argument->refs[i].ref;
    }
    add(opened, granted);
    argument->index = granted->index;
    return 0;
}

static void forget(struct opened *opened, struct granted **link)
{
    struct granted *granted = *link;

    *link = granted->next;
    opened->count -= granted->foreign.count;
    granted_release(granted);
}

/* What is mapped stays so. */
static long forget_refs(struct opened *opened, const struct gntdev_unmap_call *argument)
{
    struct gntdev_unmap_call call;
    struct granted **link;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    link = find_whole(opened, call.index, call.count);
    if (!link)
        return -ENOENT;
    forget(opened, link);
    return 0;
}

static long tell_offset(struct gntdev_offset_call *argument)
{
    struct gntdev_offset_call call;
    struct granted *granted;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    granted = call.vaddr > UINTPTR_MAX ? NULL : granted_at(call.vaddr);
    if (!granted)
        return -EINVAL;
    call.offset = granted->index;
    call.count = granted->foreign.count;
    return copy_to_program(argument, &call, sizeof(call));
}

static long limit(struct opened *opened, const struct gntdev_most_call *argument)
{
    struct gntdev_most_call call;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (call.count > MOST_PAGES)
        return -EINVAL;
    opened->most = call.count;
    return 0;
}

static long set_notify(struct opened *opened, const struct unmap_notify_call *argument)
{
    struct unmap_notify_call call;
    struct granted *granted;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (call.action & ~(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT))
        return -EINVAL;
    if (call.action & UNMAP_NOTIFY_SEND_EVENT && !evtchn_has_port(call.event_channel_port))
        return -EINVAL;
    granted = *find(opened, call.index);
    if (!granted)
        return -ENOENT;
    if (call.action & UNMAP_NOTIFY_CLEAR_BYTE && granted->readonly)
        return -EINVAL;
    granted->cleared = call.action & UNMAP_NOTIFY_CLEAR_BYTE ? call.index - granted->index : NO_OFFSET;
    granted->gone = call.action & UNMAP_NOTIFY_SEND_EVENT ? send_event : NULL;
    granted->port = call.event_channel_port;
    return 0;
}

/* The file is one user; an area that there is already is another. */
static int map(struct file *file, uint64_t size, struct mapping *mapping)
{
    struct granted **link = find_whole(file->state, mapping->offset, size >> PAGE_SHIFT);
    struct granted *granted;

    if (!link || (*link)->foreign.backing.users > 1 || (!mapping->shared && mapping->rights & MAY_WRITE))
        return -EINVAL;
    granted = *link;
    granted->readonly = !(mapping->rights & MAY_WRITE);
    if (granted->readonly)
        mapping->most_rights &= ~MAY_WRITE;
    mapping->shared = true;
    mapping->backing = &granted->foreign.backing;
    mapping->offset = 0;
    backing_hold(mapping->backing);
    return 0;
}

static long control(struct file *file, unsigned long request, void *argument)
{
    switch (request) {
    case IOCTL_GNTDEV_MAP_GRANT_REF: return add_refs(file->state, argument);
    case IOCTL_GNTDEV_UNMAP_GRANT_REF: return forget_refs(file->state, argument);
    case IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR: return tell_offset(argument);
    case IOCTL_GNTDEV_SET_MAX_GRANTS: return limit(file->state, argument);
    case IOCTL_GNTDEV_SET_UNMAP_NOTIFY: return set_notify(file->state, argument);
    case IOCTL_GNTDEV_GRANT_COPY: return gntdev_copy(argument);
    default: return -ENOTTY;
    }
}

static void close(struct file *file)
{
    struct opened *opened = file->state;

    while (opened->lists)
        forget(opened, &opened->lists);
    pool_give(&pool, opened);
}

static const struct file_kind gntdev_file = {
    .mode = S_IFCHR, .present = &environment.xen, .open = open, .map = map, .ioctl = control, .close = close,
};

/* Beside privcmd. */
DEVICE(gntdev, "dev/xen/gntdev", &gntdev_file, 0xa3b, 0600);
