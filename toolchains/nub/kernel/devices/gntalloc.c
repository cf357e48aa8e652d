/*
 * /dev/xen/gntalloc: pages that the program lends to other domains. A page is lent until it
 * is neither the file's nor mapped any more, and is a page of its own for that long.
 */
#include <devices/evtchn.h>
#include <devices/gntalloc.h>
#include <environment/environment.h>
#include <files/files.h>
#include <interrupts/events.h>
#include <memory/grants.h>
#include <memory/program.h>

#define MOST_PAGES 1024 /* of all files together; Linux's, which can be set there */

struct lent {
    pfn page; /* NO_PAGE: it is not lent any more */
    uint32_t ref;
    bool given_up; /* by the file */
    uint8_t action;
    uint16_t cleared; /* the byte that is, if the action says so */
    uint32_t port;
};

/* What one call has allocated; its users are areas, and the file while any of it is the
 * file's. */
struct batch {
    struct backing backing;
    struct batch *next;
    uint64_t index;
    size_t count, owned; /* of which the file has not given up that many */
    struct lent *pages;
};

/* What each open file has. */
struct opened {
    struct batch *batches;
    uint64_t next_index;
};

static struct pool batch_pool = { .object_size = sizeof(struct batch) };
static struct pool opened_pool = { .object_size = sizeof(struct opened) };
static size_t lent_pages;

static int open(struct file *file)
{
    struct opened *opened;

    if (!environment.xen)
        return -ENODEV;
    opened = pool_take(&opened_pool);
    if (!opened)
        return -ENOMEM;
    *opened = (struct opened){ 0 };
    file->state = opened;
    return 0;
}

static struct batch *batch_of(const struct backing *backing)
{
    return (struct batch *)((char *)backing - offsetof(struct batch, backing));
}

static void end(struct lent *lent)
{
    if (lent->page == NO_PAGE)
        return;
    if (lent->action & UNMAP_NOTIFY_CLEAR_BYTE)
        ((char *)page_address(lent->page))[lent->cleared] = 0;
    if (lent->action & UNMAP_NOTIFY_SEND_EVENT && evtchn_has_port(lent->port))
        event_send(lent->port);
    grant_end(lent->ref);
    page_release(lent->page);
    lent->page = NO_PAGE;
    lent_pages--;
}

static enum fault page_of(struct backing *backing, uint64_t offset, pfn *page)
{
    const struct batch *batch = batch_of(backing);

    if (offset >> PAGE_SHIFT >= batch->count || batch->pages[offset >> PAGE_SHIFT].page == NO_PAGE)
        return FAULT_BEYOND;
    *page = batch->pages[offset >> PAGE_SHIFT].page;
    return page_hold(*page) ? FAULT_RESOLVED : FAULT_NO_MEMORY;
}

static uint64_t size_of(const struct backing *backing)
{
    return (uint64_t)batch_of(backing)->count << PAGE_SHIFT;
}

static void name_of(const struct backing *backing, char *to, size_t size)
{
    (void)backing;
    format(to, size, "/dev/xen/gntalloc");
}

static void give(struct batch *batch)
{
    if (batch->pages)
        kernel_give(batch->pages, batch->count * sizeof(*batch->pages));
    pool_give(&batch_pool, batch);
}

static void release(struct backing *backing)
{
    struct batch *batch = batch_of(backing);

    for (size_t i = 0; i < batch->count; i++)
        end(&batch->pages[i]);
    give(batch);
}

static const struct backing_kind batch_kind = { .page = page_of, .size = size_of, .name = name_of, .release = release };

static struct batch *make_batch(size_t count)
{
    struct batch *batch = pool_take(&batch_pool);

    if (!batch)
        return NULL;
    *batch = (struct batch){ .backing.kind = &batch_kind, .count = count, .owned = count };
    batch->pages = kernel_take(count * sizeof(*batch->pages));
    if (!batch->pages) {
        give(batch);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        batch->pages[i] = (struct lent){ .page = NO_PAGE };
    backing_hold(&batch->backing);
    return batch;
}

static int lend(struct lent *lent, const struct gntalloc_alloc_call *call)
{
    pfn page = page_take();
    int ref;

    if (page == NO_PAGE)
        return -ENOMEM;
    ref = grant_access(call->domid, page, !(call->flags & GNTALLOC_FLAG_WRITABLE));
    if (ref < 0) {
        page_give(page);
        return ref;
    }
    lent->page = page;
    lent->ref = ref;
    lent_pages++;
    return 0;
}

static int lend_all(struct batch *batch, const struct gntalloc_alloc_call *call)
{
    int error = 0;

    for (size_t i = 0; i < batch->count && !error; i++)
        error = lend(&batch->pages[i], call);
    return error;
}

static long allocate(struct opened *opened, struct gntalloc_alloc_call *argument)
{
    struct gntalloc_alloc_call call;
    struct batch *batch;
    int error;

    if (copy_from_program(&call, argument, offsetof(struct gntalloc_alloc_call, gref_ids)))
        return -EFAULT;
    if (call.count > MOST_PAGES - lent_pages)
        return -ENOSPC;
    if (!program_may_write(argument, offsetof(struct gntalloc_alloc_call, gref_ids) + call.count * sizeof(uint32_t)))
        return -EFAULT;
    argument->index = opened->next_index;
    if (!call.count)
        return 0;
    batch = make_batch(call.count);
    if (!batch)
        return -ENOMEM;
    error = lend_all(batch, &call);
    if (error) {
        backing_release(&batch->backing);
        return error;
    }
    for (size_t i = 0; i < call.count; i++)
        argument->gref_ids[i] = batch->pages[i].ref;
    batch->index = opened->next_index;
    batch->next = opened->batches;
    opened->batches = batch;
    opened->next_index += (uint64_t)call.count << PAGE_SHIFT;
    return 0;
}

/* The batch that has all of the pages from an index on, and how far into it they begin. They
 * are all still the file's. */
static struct batch **find(struct opened *opened, uint64_t index, uint64_t count, size_t *first)
{
    struct batch **link = &opened->batches;

    while (*link && index - (*link)->index >= (uint64_t)(*link)->count << PAGE_SHIFT)
        link = &(*link)->next;
    if (!*link || index & PAGE_MASK)
        return NULL;
    *first = (index - (*link)->index) >> PAGE_SHIFT;
    if (!count || count > (*link)->count - *first)
        return NULL;
    for (size_t i = *first; i < *first + count; i++)
        if ((*link)->pages[i].given_up)
            return NULL;
    return link;
}

/* What is mapped of the batch stays as it is until it is not. */
static void give_up(struct batch **link, size_t first, size_t count)
{
    struct batch *batch = *link;

    for (size_t i = first; i < first + count; i++) {
        batch->pages[i].given_up = true;
        if (batch->backing.users == 1)
            end(&batch->pages[i]);
    }
    batch->owned -= count;
    if (batch->owned)
        return;
    *link = batch->next;
    backing_release(&batch->backing);
}

static long deallocate(struct opened *opened, const struct gntalloc_dealloc_call *argument)
{
    struct gntalloc_dealloc_call call;
    struct batch **link;
    size_t first;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    link = find(opened, call.index, call.count, &first);
    if (!link)
        return -EINVAL;
    give_up(link, first, call.count);
    return 0;
}

static long set_notify(struct opened *opened, const struct unmap_notify_call *argument)
{
    struct unmap_notify_call call;
    struct batch **link;
    struct lent *lent;
    size_t first;

    if (copy_from_program(&call, argument, sizeof(call)))
        return -EFAULT;
    if (call.action & ~(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT))
        return -EINVAL;
    link = find(opened, ROUND_DOWN(call.index, (uint64_t)PAGE_SIZE), 1, &first);
    if (!link)
        return -ENOENT;
    if (call.action & UNMAP_NOTIFY_SEND_EVENT && !evtchn_has_port(call.event_channel_port))
        return -EINVAL;
    lent = &(*link)->pages[first];
    lent->action = call.action;
    lent->cleared = call.index & PAGE_MASK;
    lent->port = call.event_channel_port;
    return 0;
}

static int map(struct file *file, uint64_t size, struct mapping *mapping)
{
    struct batch **link;
    size_t first;

    if (!mapping->shared)
        return -EINVAL;
    link = find(file->state, mapping->offset, size >> PAGE_SHIFT, &first);
    if (!link)
        return -ENOENT;
    mapping->backing = &(*link)->backing;
    mapping->offset = (uint64_t)first << PAGE_SHIFT;
    backing_hold(mapping->backing);
    return 0;
}

static long control(struct file *file, unsigned long request, void *argument)
{
    switch (request) {
    case IOCTL_GNTALLOC_ALLOC_GREF: return allocate(file->state, argument);
    case IOCTL_GNTALLOC_DEALLOC_GREF: return deallocate(file->state, argument);
    case IOCTL_GNTALLOC_SET_UNMAP_NOTIFY: return set_notify(file->state, argument);
    default: return -ENOTTY;
    }
}

static void close(struct file *file)
{
    struct opened *opened = file->state;

    while (opened->batches) {
        struct batch *batch = opened->batches;

        opened->batches = batch->next;
        backing_release(&batch->backing);
    }
    pool_give(&opened_pool, opened);
}

static const struct file_kind gntalloc_file = {
    .mode = S_IFCHR, .present = &environment.xen, .open = open, .map = map, .ioctl = control, .close = close,
};

/* Beside privcmd. */
DEVICE(gntalloc, "dev/xen/gntalloc", &gntalloc_file, 0xa3c, 0600);
