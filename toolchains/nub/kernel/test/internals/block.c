/*
 * A device through which a program is the backend of a disk that it uses itself, beside the
 * daemon of xenstore that both ends meet in.
 */
#include "xenstore.c"
#include <disks/disks.h>
#include <files/files.h>
#include <memory/grants.h>
#include <xen/hypercall.h>
#include "block.h"

#define THE_DISK 51712 /* xvda */

static int backend_port;

static const struct block *the_disk(void)
{
    return (const struct block *)frontend_find(&block_class, THE_DISK);
}

/* The backend has it for as long as it looks there, as if it had it mapped. */
static char *hold_ring(void)
{
    static char *held;
    static unsigned held_pages;
    const struct block *block = the_disk();

    for (unsigned i = 0; i < held_pages; i++)
        page_release(page_at_address(held) + i);
    held = block ? block->ring.memory : NULL;
    held_pages = held ? block->ring.pages : 0;
    for (unsigned i = 0; i < held_pages; i++)
        page_hold(page_at_address(held) + i);
    return held;
}

static long bind(uint32_t port)
{
    if (backend_port > 0)
        event_close(backend_port);
    backend_port = event_bind_interdomain(DOMID_SELF, port, happened, NULL);
    return backend_port < 0 ? backend_port : 0;
}

/* By Xen, as another domain would: what is not lent cannot be had. */
static long copy(const struct block_request *with, bool put)
{
    static char *own;
    struct gnttab_copy request = { .len = with->size, .flags = put ? GNTCOPY_dest_gref : GNTCOPY_source_gref };
    struct gnttab_copy_ptr *lent = put ? &request.dest : &request.source, *mine = put ? &request.source : &request.dest;

    if (!own)
        own = page_address(page_take());
    if (put)
        memcpy(own, with->bytes, with->size);
    lent->u.ref = with->number;
    lent->domid = DOMID_SELF;
    mine->u.gmfn = grant_frame(page_at_address(own));
    mine->domid = DOMID_SELF;
    if (HYPERCALL3(grant_table_op, GNTTABOP_copy, &request, 1) || request.status != GNTST_okay)
        return -EIO;
    if (!put)
        memcpy(with->bytes, own, with->size);
    return 0;
}

static long unused(void)
{
    const struct block *block = the_disk();

    return pages_unused() + (block ? block->spare_count : 0);
}

static long control(struct file *file, unsigned long request, void *argument)
{
    struct block_request *with = argument;
    const struct block *block = the_disk();

    (void)file;
    switch (request) {
    case BLOCK_BEGIN: return block_start(), 0;
    case BLOCK_RING: return with->bytes = hold_ring(), 0;
    case BLOCK_BIND: return bind(with->number);
    case BLOCK_TELL: return event_send(backend_port);
    case BLOCK_GET:
    case BLOCK_PUT: return copy(with, request == BLOCK_PUT);
    case BLOCK_UNUSED: return unused();
    case BLOCK_WAITING: return block && block->ring.memory ? block->outstanding : 0;
    default: return -ENOTTY;
    }
}

static const struct file_kind block_test = { .mode = S_IFCHR, .ioctl = control };

DEVICE(block_test, "dev/block", &block_test, 0xf002, 0600);
