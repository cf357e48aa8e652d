/*
 * Disks: /dev/xvda and so on, by Xen's block interface.
 *
 * What is read or written is cut into pieces, and a piece into requests of the ring, all
 * of which are under way at once. Each page of data is a segment: whole pages of the
 * program's are lent as they are; all others, and frames that are not ours to lend, go
 * through spare pages that stay lent. So the backend sees nothing of the program's memory
 * but what is to be read or written.
 *
 * The backend is not trusted. Nothing of the ring is read twice, an answer has to be to a
 * request that is under way, and an index to a number of answers that may have come. What
 * cannot be ends the device, until the backend begins again: all that is under way fails.
 */
#ifndef DISKS_DISKS_H
#define DISKS_DISKS_H

#include <frontends/frontend.h>
#include <files/files.h>
#include <xen/blkif.h>

#define SECTOR 512u
#define SECTOR_SHIFT 9
#define PIECE_SEGMENTS 128u
#define MOST_SPARES 128u /* that are kept */
#define RING_ORDER 2u    /* at most */
#define MOST_SLOTS (32u << RING_ORDER)

/* A page that the backend may read and write. */
struct spare {
    pfn page;
    uint32_t ref;
};

/* What threads wait for: some requests, all of them answered. */
struct block_wait {
    unsigned pending;
    int error;
    struct wait_queue done;
};

/* A request that is under way, by its id. */
struct slot {
    struct block_wait *wait; /* NULL: none is */
    uint8_t operation;
    bool indirect;
    struct spare list; /* the page of segments, if it is */
    uint16_t next_free;
};

struct block {
    struct frontend frontend;
    char name[8];
    uint32_t device; /* st_rdev's number */
    struct ram_node *node;
    unsigned insertion; /* counts up: a file belongs to the disk that was there when it was opened */

    /* As the backend says, looked at and rounded. */
    uint64_t sectors;
    unsigned sector_size, physical_size, discard_granularity;
    bool readonly, cdrom, flush, barrier, discard, persistent;
    unsigned most_segments;

    struct frontend_ring ring;
    struct blkif_front_ring front;
    struct slot *slots;
    uint16_t first_free;
    unsigned outstanding;
    unsigned connection; /* counts up with each ring, which spares belong to */
    struct spare spares[MOST_SPARES];
    unsigned spare_count;
    struct wait_queue events, room;
    struct waiter looker;

    /* Writes of parts of sectors exclude other writes. */
    unsigned writers;
    bool patching;
    struct wait_queue writable;
};

/* block.c */
extern struct frontend_class block_class;
void block_start(void);  /* finds disks, without waiting */
void block_settle(void); /* those that there were at the start have their names */
static inline bool block_usable(const struct block *block, unsigned insertion)
{
    return block->frontend.phase == FRONTEND_CONNECTED && block->insertion == insertion;
}

/* names.c: the name and number of a disk, from Xen's number; false: it has none. */
bool block_name(uint32_t number, char name[8], uint32_t *device);

/* ring.c */
int block_ring_make(struct block *block, unsigned order);
void block_ring_end(struct block *block);
enum { MOST_DIRECT = BLKIF_MAX_SEGMENTS_PER_REQUEST };

/* Sends a request as soon as there is room; -EIO when the device has ended meanwhile. The
 * list of segments is for one with more than MOST_DIRECT. */
int block_send(struct block *block, struct blkif_request *request, const struct blkif_request_segment *segments,
               unsigned count, struct block_wait *wait);
int block_await(struct block_wait *wait);

/* spares.c */
bool spare_take(struct block *block, struct spare *spare);
void spare_give(struct block *block, struct spare *spare, unsigned connection);
void spares_end(struct block *block);

/* transfer.c: reads or writes whole sectors, from or to where the parts are; how many
 * bytes, or a negative error number. With `own`, these are the kernel's. */
struct parts {
    const struct iovec *at;
    size_t offset; /* in the first one */
    bool own;
};
long parts_copy(struct parts *parts, char *buffer, size_t bytes, bool to_parts); /* and goes on behind them */
long block_transfer(struct block *block, unsigned insertion, bool write, struct parts parts, uint64_t position, size_t size);

/* requests.c: what moves no data. Negative error numbers. */
int block_flush(struct block *block, unsigned insertion);
int block_discard(struct block *block, unsigned insertion, uint64_t position, uint64_t size);
int block_zero(struct block *block, unsigned insertion, uint64_t position, uint64_t size);

/* access.c: any bytes, as the kernel's files are read and written. */
long block_access(struct block *block, unsigned insertion, bool write, struct parts parts, uint64_t position, size_t size);

/* control.c */
long block_control(struct file *file, unsigned long request, void *argument);

/* file.c: what each open file has. */
struct block_file {
    struct block *block;
    unsigned insertion;
};
extern const struct file_kind block_kind;
uint64_t block_size(const struct block *block);

#endif
