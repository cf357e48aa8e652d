/*
 * The pages and the port that a front end shares with its backend.
 */
#include <frontends/frontend.h>
#include <linux/interface.h>
#include <memory/grants.h>

static void end_pages(struct frontend_ring *ring, unsigned granted)
{
    pfn first = page_at_address(ring->memory);

    for (unsigned i = 0; i < granted; i++)
        grant_end(ring->refs[i]);
    for (unsigned i = 0; i < ring->pages; i++)
        page_release(first + i);
    ring->memory = NULL;
    ring->pages = 0;
}

int frontend_ring_make(struct frontend_ring *ring, uint16_t domid, unsigned pages)
{
    pfn first;

    *ring = (struct frontend_ring){ 0 };
    if (!pages || pages > FRONTEND_RING_PAGES)
        return -EINVAL;
    first = pages_take(pages);
    if (first == NO_PAGE)
        return -ENOMEM;
    ring->memory = page_address(first);
    ring->pages = pages;
    for (unsigned i = 0; i < pages; i++) {
        int ref = grant_access(domid, first + i, false);

        if (ref < 0) {
            end_pages(ring, i);
            return ref;
        }
        ring->refs[i] = ref;
    }
    return 0;
}

/* The handler may be called before the port is known. */
int frontend_ring_listen(struct frontend_ring *ring, uint16_t domid, event_handler *handler, void *context)
{
    int port = event_alloc_unbound(domid, handler, context);

    if (port < 0)
        return port;
    ring->port = port;
    return 0;
}

void frontend_ring_end(struct frontend_ring *ring)
{
    if (ring->port)
        event_close(ring->port);
    ring->port = 0;
    if (ring->memory)
        end_pages(ring, ring->pages);
}
