/*
 * Any bytes of a disk: parts of sectors are cut out of what is read, and patched into what
 * is there before it is written back. Nobody else writes meanwhile, or one of the two
 * would be lost.
 */
#include <disks/disks.h>
#include <linux/interface.h>

#define BOUNCE_PAGES 16u
#define BOUNCE (BOUNCE_PAGES * PAGE_SIZE)

static void begin_write(struct block *block, bool patch)
{
    while (block->patching || (patch && block->writers))
        wait_undisturbed(&block->writable, NEVER);
    if (patch)
        block->patching = true;
    else
        block->writers++;
}

static void end_write(struct block *block, bool patch)
{
    if (patch)
        block->patching = false;
    else
        block->writers--;
    wake_all(&block->writable, 0);
}

/* Whole sectors in a buffer of the kernel's, which holds them all. */
static int sectors(struct block *block, unsigned insertion, bool write, char *buffer, uint64_t position, size_t size)
{
    const struct iovec all = { buffer, size };
    long done = block_transfer(block, insertion, write, (struct parts){ &all, 0, true }, position, size);

    return done == (long)size ? 0 : done < 0 ? done : -EIO;
}

/* The first and the last sector of those that are not overwritten as a whole. */
static int read_ends(struct block *block, unsigned insertion, char *buffer, uint64_t position, size_t size, size_t from, size_t to)
{
    size_t unit = block->sector_size;
    int error = 0;

    if (from)
        error = sectors(block, insertion, false, buffer, position, unit);
    if (!error && to < size && (size > unit || !from))
        error = sectors(block, insertion, false, buffer + size - unit, position + size - unit, unit);
    return error;
}

/* As much as fits in the buffer, of what begins or ends within a sector. */
static long access_part(struct block *block, unsigned insertion, bool write, struct parts *parts, char *buffer,
                        uint64_t position, size_t size)
{
    size_t unit = block->sector_size, from = position & (unit - 1), part = smaller(size, BOUNCE - from);
    size_t whole = ROUND_UP(from + part, unit);
    long error;

    position -= from;
    if (!write) {
        error = sectors(block, insertion, false, buffer, position, whole);
        if (!error)
            error = parts_copy(parts, buffer + from, part, true);
    } else {
        error = read_ends(block, insertion, buffer, position, whole, from, from + part);
        if (!error)
            error = parts_copy(parts, buffer + from, part, false);
        if (!error)
            error = sectors(block, insertion, true, buffer, position, whole);
    }
    return error ? error : (long)part;
}

static long access_parts(struct block *block, unsigned insertion, bool write, struct parts parts, uint64_t position, size_t size)
{
    pfn buffer = pages_take(BOUNCE_PAGES);
    size_t done = 0;
    long part = 0;

    if (buffer == NO_PAGE)
        return -ENOMEM;
    while (done < size) {
        part = access_part(block, insertion, write, &parts, page_address(buffer), position + done, size - done);
        if (part < 0)
            break;
        done += part;
    }
    pages_give(buffer, BOUNCE_PAGES);
    return done ? (long)done : part;
}

long block_access(struct block *block, unsigned insertion, bool write, struct parts parts, uint64_t position, size_t size)
{
    bool patch = (position | size) & (block->sector_size - 1);
    long done;

    if (write)
        begin_write(block, patch);
    done = patch ? access_parts(block, insertion, write, parts, position, size)
                 : block_transfer(block, insertion, write, parts, position, size);
    if (write)
        end_write(block, patch);
    return done;
}
