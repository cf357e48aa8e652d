/*
 * Named pipes: a name in the tree leads to a pipe, as long as somebody has it
 * open. Who opens one end waits for somebody who opens the other.
 */
#include <files/pipe.h>
#include <files/ram.h>

/* Waits until the other end has been opened since, even if it is closed again. */
static int wait_for_other(struct pipe *pipe, const unsigned *openings)
{
    unsigned before = *openings;

    while (*openings == before)
        if (thread_wait(pipe, NEVER) == WAKE_SIGNAL)
            return -ERESTART;
    return 0;
}

static int open_fifo(struct file *file)
{
    struct ram_node *ram = file->node.ram;
    bool reads = (file->flags & O_ACCMODE) != O_WRONLY, writes = file->flags & O_ACCMODE;
    bool must_wait = !(reads && writes) && !(file->flags & O_NONBLOCK);
    struct pipe *pipe = ram->object;
    int error = 0;

    if (writes && !reads && file->flags & O_NONBLOCK && !(pipe && pipe->readers))
        return -ENXIO;
    if (!pipe)
        pipe = ram->object = pipe_make();
    if (!pipe)
        return -ENOMEM;
    pipe_join(pipe, file);
    threads_wake(pipe, ~0U);
    if (must_wait && !(reads ? pipe->writers : pipe->readers))
        error = wait_for_other(pipe, reads ? &pipe->writer_openings : &pipe->reader_openings);
    if (error)
        file->node.kind->close(file);
    return error;
}

const struct file_kind fifo_file = { .mode = S_IFIFO, .open = open_fifo };
