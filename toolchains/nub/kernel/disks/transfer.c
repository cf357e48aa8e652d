/*
 * Whole sectors between the disk and the program. The program may take its memory away
 * while it waits: pages that are lent are held until they are not, and all others are
 * looked at again before anything is copied to them.
 */
#include <disks/disks.h>
#include <linux/interface.h>
#include <memory/grants.h>
#include <memory/program.h>

struct segment {
    struct spare page; /* a spare one, or the program's */
    uint16_t bytes;
    bool lent; /* the program's */
};

struct piece {
    struct block *block;
    unsigned connection;
    bool write;
    unsigned count;
    size_t bytes;
    struct block_wait wait;
    struct segment segments[PIECE_SEGMENTS];
};

/* The next bytes' place, of those that are in one part. */
static char *next_place(struct parts *parts, size_t *length)
{
    while (parts->offset == parts->at->size) {
        parts->at++;
        parts->offset = 0;
    }
    *length = parts->at->size - parts->offset;
    return parts->at->base + parts->offset;
}

static void skip(struct parts *parts, size_t bytes)
{
    while (bytes) {
        size_t length;

        next_place(parts, &length);
        length = smaller(length, bytes);
        parts->offset += length;
        bytes -= length;
    }
}

long parts_copy(struct parts *parts, char *page, size_t bytes, bool to_parts)
{
    while (bytes) {
        size_t length;
        char *place = next_place(parts, &length);
        long error = 0;

        length = smaller(length, bytes);
        if (parts->own)
            memcpy(to_parts ? place : page, to_parts ? page : place, length);
        else
            error = to_parts ? copy_to_program(place, page, length) : copy_from_program(page, place, length);
        if (error)
            return error;
        parts->offset += length;
        page += length;
        bytes -= length;
    }
    return 0;
}

/* A page that the program has there for itself, brought in for such an access, and that
 * is ours to lend. */
static pfn page_of_program(char *place, bool write)
{
    unsigned access = write ? MAY_READ : MAY_WRITE;
    volatile char *touched = place;
    pfn page;

    if (program_extent(place, PAGE_SIZE, access) != PAGE_SIZE)
        return NO_PAGE;
    if (write)
        (void)*touched;
    else
        *touched = *touched;
    page = tables_page((uintptr_t)place);
    return page == FOREIGN_PAGE ? NO_PAGE : page;
}

static bool lend(struct piece *piece, struct segment *segment, const struct parts *parts, size_t bytes)
{
    struct parts at = *parts;
    size_t length;
    char *place = next_place(&at, &length);
    pfn page;
    int ref;

    if (piece->block->persistent || parts->own || bytes < PAGE_SIZE || length < PAGE_SIZE || (uintptr_t)place & PAGE_MASK)
        return false;
    page = page_of_program(place, piece->write);
    if (page == NO_PAGE)
        return false;
    ref = grant_access(piece->block->frontend.backend_domid, page, piece->write);
    if (ref < 0)
        return false;
    *segment = (struct segment){ .page = { page, ref }, .bytes = bytes, .lent = true };
    return true;
}

static long add_segment(struct piece *piece, struct parts *parts, size_t bytes)
{
    struct segment *segment = &piece->segments[piece->count];
    long error = 0;

    if (lend(piece, segment, parts, bytes)) {
        skip(parts, bytes);
    } else {
        *segment = (struct segment){ .bytes = bytes };
        if (!spare_take(piece->block, &segment->page))
            return -ENOMEM;
        if (piece->write)
            error = parts_copy(parts, page_address(segment->page.page), bytes, false);
        else
            skip(parts, bytes);
        if (error) {
            spare_give(piece->block, &segment->page, piece->connection);
            return error;
        }
    }
    piece->count++;
    piece->bytes += bytes;
    return 0;
}

/* As much as there is memory for, or that can be read; none of it is an error. */
static long fill(struct piece *piece, struct parts parts, size_t size)
{
    long error = 0;

    piece->count = piece->bytes = 0;
    while (!error && piece->count < PIECE_SEGMENTS && piece->bytes < size)
        error = add_segment(piece, &parts, smaller(PAGE_SIZE, size - piece->bytes));
    return piece->bytes ? 0 : error;
}

static size_t describe(const struct segment *segments, unsigned count, struct blkif_request_segment *to)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < count; i++) {
        to[i] = (struct blkif_request_segment){ segments[i].page.ref, 0, segments[i].bytes / SECTOR - 1 };
        bytes += segments[i].bytes;
    }
    return bytes;
}

/* All of its requests, and waits for the answers. */
static int move(struct piece *piece, uint64_t position)
{
    struct block *block = piece->block;
    struct blkif_request_segment described[PIECE_SEGMENTS];
    unsigned count;
    int error = 0, answered;

    piece->wait = (struct block_wait){ 0 };
    for (unsigned at = 0; at < piece->count && !error; at += count) {
        struct blkif_request request = {
            .operation = piece->write ? BLKIF_OP_WRITE : BLKIF_OP_READ, .sector_number = position >> SECTOR_SHIFT,
        };

        count = smaller(piece->count - at, block->most_segments);
        position += describe(piece->segments + at, count, described);
        error = block_send(block, &request, described, count, &piece->wait);
    }
    answered = block_await(&piece->wait);
    return error ? error : answered;
}

static void release(struct piece *piece)
{
    for (unsigned i = 0; i < piece->count; i++) {
        struct segment *segment = &piece->segments[i];

        if (segment->lent)
            grant_end(segment->page.ref);
        else
            spare_give(piece->block, &segment->page, piece->connection);
    }
}

static long copy_out(struct piece *piece, struct parts parts)
{
    long error = 0;

    for (unsigned i = 0; i < piece->count && !error; i++) {
        const struct segment *segment = &piece->segments[i];

        if (segment->lent)
            skip(&parts, segment->bytes);
        else
            error = parts_copy(&parts, page_address(segment->page.page), segment->bytes, true);
    }
    return error;
}

static long move_piece(struct piece *piece, struct parts parts, uint64_t position, size_t size)
{
    long error = fill(piece, parts, size);

    if (!error) {
        error = move(piece, position);
        if (!error && !piece->write)
            error = copy_out(piece, parts);
        release(piece);
    }
    return error ? error : (long)piece->bytes;
}

long block_transfer(struct block *block, unsigned insertion, bool write, struct parts parts, uint64_t position, size_t size)
{
    struct piece *piece = kernel_take(sizeof(*piece));
    size_t done = 0;
    long moved = 0;

    if (!piece)
        return -ENOMEM;
    while (done < size) {
        if (!block_usable(block, insertion)) {
            moved = -EIO;
            break;
        }
        piece->block = block;
        piece->write = write;
        piece->connection = block->connection;
        moved = move_piece(piece, parts, position + done, size - done);
        if (moved <= 0)
            break;
        skip(&parts, moved);
        done += moved;
    }
    kernel_give(piece, sizeof(*piece));
    return done ? (long)done : moved;
}
