/*
 * Pipes: a ring of bytes with two ends.
 */
#include <files/calls.h>
#include <files/files.h>
#include <memory/pages.h>
#include <signals/signals.h>

#define RING_SIZE 4096u /* writes up to this are not torn apart */

struct pipe {
    char *ring;
    uint32_t in, out;
    bool has_reader, has_writer;
};

static struct pool pool = { .object_size = sizeof(struct pipe) };

static long read_pipe(struct file *file, void *to, size_t size, uint64_t *position)
{
    struct pipe *pipe = file->node.object;
    char *at = to;

    (void)position;
    if (pipe->in == pipe->out)
        return pipe->has_writer ? -EAGAIN : 0;
    while (size && pipe->out != pipe->in) {
        *at++ = pipe->ring[pipe->out++ % RING_SIZE];
        size--;
    }
    readiness_changed();
    return at - (char *)to;
}

static long write_pipe(struct file *file, const void *from, size_t size, uint64_t *position)
{
    struct pipe *pipe = file->node.object;
    size_t room = RING_SIZE - (pipe->in - pipe->out);
    const char *at = from;

    (void)position;
    if (!pipe->has_reader) {
        signal_send(current, SIGPIPE);
        return -EPIPE;
    }
    if (!room || (size <= RING_SIZE && room < size))
        return -EAGAIN;
    for (size_t left = smaller(size, room); left; left--)
        pipe->ring[pipe->in++ % RING_SIZE] = *at++;
    readiness_changed();
    return at - (const char *)from;
}

static long control_pipe(struct file *file, unsigned long request, void *argument)
{
    const struct pipe *pipe = file->node.object;

    if (request != FIONREAD)
        return -ENOTTY;
    *(int *)argument = pipe->in - pipe->out;
    return 0;
}

static unsigned ready_to_read(struct file *file)
{
    struct pipe *pipe = file->node.object;

    return (pipe->in != pipe->out ? POLLIN : 0) | (pipe->has_writer ? 0 : POLLHUP);
}

static unsigned ready_to_write(struct file *file)
{
    struct pipe *pipe = file->node.object;

    if (!pipe->has_reader)
        return POLLOUT | POLLERR;
    return pipe->in - pipe->out < RING_SIZE ? POLLOUT : 0;
}

static void close_end(struct file *file)
{
    struct pipe *pipe = file->node.object;

    if (file->node.kind->read)
        pipe->has_reader = false;
    else
        pipe->has_writer = false;
    readiness_changed();
    if (pipe->has_reader || pipe->has_writer)
        return;
    page_give((uintptr_t)pipe->ring >> PAGE_SHIFT);
    pool_give(&pool, pipe);
}

static const struct file_kind pipe_end_in = {
    .mode = S_IFIFO, .read = read_pipe, .ioctl = control_pipe, .ready = ready_to_read, .close = close_end,
};
static const struct file_kind pipe_end_out = {
    .mode = S_IFIFO, .write = write_pipe, .ioctl = control_pipe, .ready = ready_to_write, .close = close_end,
};

long pipe_open(int *ends, int flags)
{
    struct pipe *pipe = pool_take(&pool);
    pfn page = page_take();
    struct node in = { .kind = &pipe_end_in, .object = pipe, .permissions = 0600 };
    struct node out = { .kind = &pipe_end_out, .object = pipe, .permissions = 0600 };

    if (!pipe || page == NO_PAGE) {
        if (pipe)
            pool_give(&pool, pipe);
        if (page != NO_PAGE)
            page_give(page);
        return -ENOMEM;
    }
    *pipe = (struct pipe){ .ring = page_address(page), .has_reader = true, .has_writer = true };
    ends[0] = descriptor_open(&in, (flags & (O_NONBLOCK | O_CLOEXEC)) | O_RDONLY);
    ends[1] = descriptor_open(&out, (flags & (O_NONBLOCK | O_CLOEXEC)) | O_WRONLY);
    if (ends[0] >= 0 && ends[1] >= 0)
        return 0;
    pipe->has_reader = ends[0] >= 0;
    pipe->has_writer = ends[1] >= 0;
    descriptor_close(ends[0]);
    descriptor_close(ends[1]);
    return -EMFILE;
}

long pipe_open_plain(int *ends)
{
    return pipe_open(ends, 0);
}
