/*
 * Requests without data, and zeroes. What a backend answers that it does not do, it is not
 * asked again.
 */
#include <disks/disks.h>
#include <linux/interface.h>

static int ask(struct block *block, unsigned insertion, struct blkif_request *request)
{
    struct block_wait wait = { 0 };
    int error;

    if (!block_usable(block, insertion))
        return -EIO;
    error = block_send(block, request, NULL, 0, &wait);
    return error ? error : block_await(&wait);
}

/* A barrier without data does as well. */
int block_flush(struct block *block, unsigned insertion)
{
    struct blkif_request request = { .operation = BLKIF_OP_FLUSH_DISKCACHE };
    int error = block_usable(block, insertion) ? 0 : -EIO;

    if (block->flush) {
        error = ask(block, insertion, &request);
        if (error != -EOPNOTSUPP)
            return error;
        block->flush = false;
    }
    if (block->barrier) {
        request = (struct blkif_request){ .operation = BLKIF_OP_WRITE_BARRIER };
        error = ask(block, insertion, &request);
        if (error != -EOPNOTSUPP)
            return error;
        block->barrier = false;
    }
    /* Without either it has no cache that could be lost. */
    return error == -EOPNOTSUPP ? 0 : error;
}

int block_discard(struct block *block, unsigned insertion, uint64_t position, uint64_t size)
{
    struct blkif_request request = { 0 };
    struct blkif_request_discard *discard = (struct blkif_request_discard *)&request;
    int error;

    if (!block->discard)
        return -EOPNOTSUPP;
    discard->operation = BLKIF_OP_DISCARD;
    discard->sector_number = position >> SECTOR_SHIFT;
    discard->nr_sectors = size >> SECTOR_SHIFT;
    error = ask(block, insertion, &request);
    if (error == -EOPNOTSUPP)
        block->discard = false;
    return error;
}

/* The same page of zeroes, again and again. */
#define ZERO_PARTS 64u

int block_zero(struct block *block, unsigned insertion, uint64_t position, uint64_t size)
{
    struct iovec zeroes[ZERO_PARTS];
    pfn page = page_take();
    long done = 0;

    if (page == NO_PAGE)
        return -ENOMEM;
    for (unsigned i = 0; i < ZERO_PARTS; i++)
        zeroes[i] = (struct iovec){ page_address(page), PAGE_SIZE };
    while (size && done >= 0) {
        size_t part = smaller(size, sizeof(zeroes) / sizeof(*zeroes) * PAGE_SIZE);

        done = block_access(block, insertion, true, (struct parts){ zeroes, 0, true }, position, part);
        if (done > 0) {
            position += done;
            size -= done;
        }
    }
    page_release(page);
    return done < 0 ? done : 0;
}
