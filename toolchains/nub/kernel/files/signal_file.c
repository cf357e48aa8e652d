/*
 * signalfd: signals that are read instead of handled. They must be blocked,
 * and whoever reads takes its own ones.
 */
#include <files/calls.h>
#include <files/files.h>
#include <memory/pages.h>
#include <signals/signals.h>

struct signal_file {
    uint64_t set;
};

/* What one signal looks like in the file (Linux's struct signalfd_siginfo). */
struct signal_record {
    uint32_t signal;
    int32_t error, code;
    uint32_t pid, uid;
    char rest[128 - 20];
};

static struct pool pool = { .object_size = sizeof(uint64_t) };

static long read_signals(struct file *file, void *to, size_t size, uint64_t *position)
{
    const struct signal_file *own = file->node.object;
    struct signal_record *record = to;
    int signal;

    (void)position;
    if (size < sizeof(*record))
        return -EINVAL;
    while (size >= sizeof(*record) && (signal = signal_take(own->set))) {
        *record++ = (struct signal_record){ .signal = signal, .pid = 1 };
        size -= sizeof(*record);
    }
    return record == to ? -EAGAIN : (char *)record - (char *)to;
}

static unsigned ready(struct file *file)
{
    const struct signal_file *own = file->node.object;

    return signals_waiting() & own->set ? POLLIN : 0;
}

static void close(struct file *file)
{
    pool_give(&pool, file->node.object);
}

static const struct file_kind kind = { 0, read_signals, NULL, ready, close, false };

/* A descriptor of an open one gets another set, -1 a new one. */
long signal_file_open(int fd, const uint64_t *set, size_t size, int flags)
{
    struct file *file = descriptor_file(fd);
    struct signal_file *own;
    struct node node = { .kind = &kind, .permissions = 0600 };

    if (size != sizeof(*set))
        return -EINVAL;
    if (fd != -1) {
        if (!file || file->node.kind != &kind)
            return file ? -EINVAL : -EBADF;
        own = file->node.object;
        own->set = *set;
        return fd;
    }
    node.object = own = pool_take(&pool);
    if (!own)
        return -ENOMEM;
    own->set = *set;
    fd = descriptor_open(&node, (flags & (O_NONBLOCK | O_CLOEXEC)) | O_RDONLY);
    if (fd < 0)
        pool_give(&pool, own);
    return fd;
}

long signal_file_open_plain(int fd, const uint64_t *set, size_t size)
{
    return signal_file_open(fd, set, size, 0);
}
