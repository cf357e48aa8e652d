/*
 * Pipes: a ring of slots with two ends. A slot has a page, which it gets when it
 * is first used, and what was written into it; a small write goes behind the last
 * one in its slot if it fits there as a whole, as with Linux. So no write of up to
 * a page is torn apart, and the room is told in slots.
 */
#include <files/calls.h>
#include <files/pipe.h>
#include <files/ram.h>
#include <memory/program.h>
#include <signals/signals.h>

#define SLOTS 16u /* of a new pipe */

struct slot {
    char *page;
    uint16_t start, length;
    bool packet; /* whoever reads gets it alone, and nothing is added */
};

#define MOST_SLOTS 256u /* what a page of them serves at least: 1 MiB */
_Static_assert(MOST_SLOTS * sizeof(struct slot) <= PAGE_SIZE, "slots of a pipe");

static struct pool pipes = { .object_size = sizeof(struct pipe) };
static struct pool slot_sets = { .object_size = SLOTS * sizeof(struct slot) };

static struct slot *take_slots(unsigned count)
{
    struct slot *slots;
    pfn page;

    if (count <= SLOTS) {
        slots = pool_take(&slot_sets);
        if (slots)
            memset(slots, 0, slot_sets.object_size);
        return slots;
    }
    page = page_take();
    return page == NO_PAGE ? NULL : page_address(page);
}

static void give_slots(struct slot *slots, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (slots[i].page)
            page_give((uintptr_t)slots[i].page >> PAGE_SHIFT);
    if (count <= SLOTS)
        pool_give(&slot_sets, slots);
    else
        page_give((uintptr_t)slots >> PAGE_SHIFT);
}

static struct slot *slot_at(const struct pipe *pipe, unsigned index)
{
    return &pipe->slots[(pipe->first + index) % pipe->size];
}

static long read_pipe(struct file *file, void *to, size_t size, uint64_t *position)
{
    struct pipe *pipe = file->node.object;
    bool was_full = pipe->used == pipe->size, packet = false;
    size_t done = 0;

    (void)position;
    if (!size)
        return 0;
    if (!pipe->used)
        return pipe->writers ? -EAGAIN : 0;
    while (done < size && pipe->used && !packet) {
        struct slot *slot = slot_at(pipe, 0);
        size_t length = smaller(size - done, slot->length);

        memcpy((char *)to + done, slot->page + slot->start, length);
        done += length;
        packet = slot->packet;
        slot->start += length;
        slot->length -= packet ? slot->length : length;
        if (slot->length)
            break;
        pipe->used--;
        /* The first slots, which have their pages, serve an empty pipe. */
        pipe->first = pipe->used ? (pipe->first + 1) % pipe->size : 0;
    }
    if (was_full && pipe->used < pipe->size)
        wake_all(&pipe->queue, POLLOUT | POLLWRNORM);
    return done;
}

/* Puts the odd bytes at a write's beginning into the slot that was used last. */
static size_t add_to_last(struct pipe *pipe, const char *from, size_t odd)
{
    struct slot *slot = pipe->used ? slot_at(pipe, pipe->used - 1) : NULL;

    if (!slot || slot->packet || slot->start + slot->length + odd > PAGE_SIZE)
        return 0;
    memcpy(slot->page + slot->start + slot->length, from, odd);
    slot->length += odd;
    return odd;
}

static bool fill_slot(struct pipe *pipe, const char *from, size_t length, bool packet)
{
    struct slot *slot = slot_at(pipe, pipe->used);

    if (!slot->page) {
        pfn page = page_take();

        if (page == NO_PAGE)
            return false;
        slot->page = page_address(page);
    }
    memcpy(slot->page, from, length);
    *slot = (struct slot){ slot->page, 0, length, packet };
    pipe->used++;
    return true;
}

static long write_pipe(struct file *file, const void *from, size_t size, uint64_t *position)
{
    struct pipe *pipe = file->node.object;
    bool packets = file->flags & O_DIRECT;
    size_t done = 0;

    (void)position;
    if (!size)
        return 0;
    if (!pipe->readers) {
        signal_send(current, SIGPIPE);
        return -EPIPE;
    }
    if (!packets)
        done = add_to_last(pipe, from, size % PAGE_SIZE);
    while (done < size && pipe->used < pipe->size) {
        size_t length = smaller(size - done, PAGE_SIZE);

        if (!fill_slot(pipe, (const char *)from + done, length, packets)) {
            if (!done)
                return -ENOMEM;
            break;
        }
        done += length;
    }
    if (!done)
        return -EAGAIN;
    wake_all(&pipe->queue, POLLIN | POLLRDNORM);
    return done;
}

static long control_pipe(struct file *file, unsigned long request, void *argument)
{
    const struct pipe *pipe = file->node.object;
    int length = 0;

    if (request != FIONREAD)
        return -ENOTTY;
    if (!program_may_write(argument, sizeof(length)))
        return -EFAULT;
    for (unsigned i = 0; i < pipe->used; i++)
        length += slot_at(pipe, i)->length;
    *(int *)argument = length;
    return 0;
}

/* Who has opened a named pipe before any writer did has not seen the last one go. */
static bool has_seen_writer(const struct file *file)
{
    const struct pipe *pipe = file->node.object;

    return !file->node.ram || (uintptr_t)file->state != pipe->writer_openings;
}

static unsigned ready(struct file *file)
{
    const struct pipe *pipe = file->node.object;
    bool reads = (file->flags & O_ACCMODE) != O_WRONLY, writes = file->flags & O_ACCMODE;

    return (reads && pipe->used ? POLLIN | POLLRDNORM : 0)
         | (reads && !pipe->writers && has_seen_writer(file) ? POLLHUP : 0)
         | (writes && pipe->used < pipe->size ? POLLOUT | POLLWRNORM : 0)
         | (writes && !pipe->readers ? POLLERR : 0);
}

static struct wait_queue *queue(struct file *file)
{
    struct pipe *pipe = file->node.object;

    return &pipe->queue;
}

static void end(struct pipe *pipe)
{
    give_slots(pipe->slots, pipe->size);
    pool_give(&pipes, pipe);
}

static void close_end(struct file *file)
{
    struct pipe *pipe = file->node.object;

    if (file->node.kind->read)
        pipe->readers--;
    if (file->node.kind->write)
        pipe->writers--;
    if (pipe->readers || pipe->writers) {
        wake_all(&pipe->queue, 0);
    } else {
        if (file->node.ram)
            file->node.ram->object = NULL;
        end(pipe);
    }
}

static const struct file_kind reading_end = {
    .mode = S_IFIFO, .read = read_pipe, .ioctl = control_pipe, .ready = ready, .queue = queue, .close = close_end,
};
static const struct file_kind writing_end = {
    .mode = S_IFIFO, .write = write_pipe, .ioctl = control_pipe, .ready = ready, .queue = queue, .close = close_end,
};

static const struct file_kind both_ends = {
    .mode = S_IFIFO, .read = read_pipe, .write = write_pipe, .ioctl = control_pipe, .ready = ready, .queue = queue,
    .close = close_end,
};

void pipe_join(struct pipe *pipe, struct file *file)
{
    static const struct file_kind *const kinds[] = {
        [O_RDONLY] = &reading_end, [O_WRONLY] = &writing_end, [O_RDWR] = &both_ends,
    };

    file->node.kind = kinds[file->flags & O_RDWR ? O_RDWR : file->flags & O_WRONLY];
    file->node.object = pipe;
    if (file->node.kind->read) {
        pipe->readers++;
        pipe->reader_openings++;
    }
    if (file->node.kind->write) {
        pipe->writers++;
        pipe->writer_openings++;
    }
    /* That is how many it has not seen, when nobody writes. */
    file->state = (void *)(uintptr_t)(pipe->writers ? pipe->writer_openings - 1 : pipe->writer_openings);
}

struct pipe *pipe_make(void)
{
    struct pipe *pipe = pool_take(&pipes);

    if (!pipe)
        return NULL;
    *pipe = (struct pipe){ .slots = take_slots(SLOTS), .size = SLOTS };
    if (pipe->slots)
        return pipe;
    pool_give(&pipes, pipe);
    return NULL;
}

long pipe_open(int *ends, int flags)
{
    const unsigned both = O_NONBLOCK | O_CLOEXEC | O_DIRECT;
    struct pipe *pipe;
    struct node in, out;
    int first, second;

    if (flags & ~both)
        return -EINVAL;
    pipe = pipe_make();
    if (!pipe)
        return -ENOMEM;
    pipe->readers = pipe->writers = 1;
    in = (struct node){ .kind = &reading_end, .object = pipe, .permissions = 0600 };
    out = (struct node){ .kind = &writing_end, .object = pipe, .permissions = 0600 };
    first = descriptor_open(&in, flags | O_RDONLY);
    if (first < 0) {
        end(pipe);
        return first;
    }
    second = descriptor_open(&out, flags | O_WRONLY);
    if (second < 0) {
        pipe->writers = 0;
        descriptor_close(first);
        return second;
    }
    ends[0] = first;
    ends[1] = second;
    return 0;
}

long pipe_open_plain(int *ends)
{
    return pipe_open(ends, 0);
}

/* Moves what is in the pipe to another set of slots. */
static long resize(struct pipe *pipe, unsigned size)
{
    struct slot *slots;

    if (pipe->used > size)
        return -EBUSY;
    slots = take_slots(size);
    if (!slots)
        return -ENOMEM;
    for (unsigned i = 0; i < pipe->used; i++) {
        slots[i] = *slot_at(pipe, i);
        slot_at(pipe, i)->page = NULL;
    }
    give_slots(pipe->slots, pipe->size);
    pipe->slots = slots;
    pipe->size = size;
    pipe->first = 0;
    wake_all(&pipe->queue, POLLOUT | POLLWRNORM);
    return (long)size * PAGE_SIZE;
}

long pipe_size(struct file *file, int command, unsigned long bytes)
{
    struct pipe *pipe = file->node.object;
    unsigned size = 1;

    if (file->node.kind->ioctl != control_pipe)
        return -EBADF;
    if (command == F_GETPIPE_SZ)
        return (long)pipe->size * PAGE_SIZE;
    if (bytes > 1UL << 31)
        return -EINVAL;
    if (bytes > MOST_SLOTS * PAGE_SIZE)
        return -EPERM;
    while (size * PAGE_SIZE < bytes)
        size *= 2;
    return resize(pipe, size);
}
