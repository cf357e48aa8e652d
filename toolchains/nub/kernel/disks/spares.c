/*
 * Pages that stay lent to the backend. The last one that was given back is the next to be
 * taken, so that a backend which keeps them mapped has few of them.
 */
#include <disks/disks.h>
#include <memory/grants.h>

/* They are zeroes at first: the backend is shown nothing that it has not been sent. */
bool spare_take(struct block *block, struct spare *spare)
{
    int ref;

    if (block->spare_count) {
        *spare = block->spares[--block->spare_count];
        return true;
    }
    spare->page = page_take();
    if (spare->page == NO_PAGE)
        return false;
    ref = grant_access(block->frontend.backend_domid, spare->page, false);
    if (ref < 0) {
        page_give(spare->page);
        return false;
    }
    spare->ref = ref;
    return true;
}

static void end(struct spare *spare)
{
    grant_end(spare->ref);
    page_release(spare->page);
}

void spare_give(struct block *block, struct spare *spare, unsigned connection)
{
    if (connection == block->connection && block->ring.memory && block->spare_count < MOST_SPARES)
        block->spares[block->spare_count++] = *spare;
    else
        end(spare);
}

void spares_end(struct block *block)
{
    while (block->spare_count)
        end(&block->spares[--block->spare_count]);
}
