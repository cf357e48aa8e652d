/*
 * The indices run on and wrap by themselves. Ours are kept here.
 */
#include <xen/xs_wire.h>
#include <xenstore/ring.h>

#define INDEX_MASK (XENSTORE_RING_SIZE - 1U)

static volatile struct xenstore_domain_interface *page;
static uint32_t written, read;         /* by us */
static uint32_t their_read, their_written; /* when we looked last */

/* What a kernel before us has left to be read is for nobody. */
void ring_use(struct xenstore_domain_interface *shared)
{
    page = shared;
    written = page->req_prod;
    their_read = page->req_cons;
    if (written - their_read > XENSTORE_RING_SIZE)
        their_read = written;
    read = their_written = page->rsp_prod;
    page->rsp_cons = read;
}

/* Neither of them can go back, nor past the end. */
const char *ring_look(void)
{
    uint32_t reads = page->req_cons, writes = page->rsp_prod;

    if (page->server_features & XENSTORE_SERVER_FEATURE_ERROR && page->error)
        return "it reports an error";
    if (reads - their_read > written - their_read)
        return "it has read what was not written";
    if (writes - read > XENSTORE_RING_SIZE || writes - read < their_written - read)
        return "it has written more than there is room for";
    their_read = reads;
    their_written = writes;
    barrier();
    return NULL;
}

size_t ring_put(const void *from, size_t size)
{
    const char *bytes = from;

    size = smaller(size, XENSTORE_RING_SIZE - (written - their_read));
    for (size_t i = 0; i < size; i++)
        page->req[(written + i) & INDEX_MASK] = bytes[i];
    barrier();
    written += size;
    page->req_prod = written;
    return size;
}

size_t ring_get(void *to, size_t size)
{
    char *bytes = to;

    size = smaller(size, their_written - read);
    for (size_t i = 0; i < size; i++)
        bytes[i] = page->rsp[(read + i) & INDEX_MASK];
    barrier();
    read += size;
    page->rsp_cons = read;
    return size;
}
