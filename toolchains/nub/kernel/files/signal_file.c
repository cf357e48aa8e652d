/*
 * signalfd: signals that are read instead of handled. They must be blocked,
 * and whoever reads takes its own ones.
 */
#include <files/calls.h>
#include <files/files.h>
#include <memory/pages.h>
#include <signals/information.h>
#include <signals/signals.h>

struct signal_file {
    uint64_t set;
};

/* What one signal looks like in the file (Linux's struct signalfd_siginfo). */
struct signal_record {
    uint32_t signal;
    int32_t error, code;
    uint32_t pid, uid;
    int32_t fd;
    uint32_t timer, band, overrun, trap;
    int32_t status, integer;
    uint64_t pointer, user_time, system_time, address;
    char rest[128 - 80];
};

_Static_assert(sizeof(struct signal_record) == 128, "signalfd_siginfo layout");

/* Which of the places count depends on the code. A sender's value is told as a
 * number and as a pointer: it alone knows which of them it is. */
static void tell(const struct signal_information *information, struct signal_record *to)
{
    *to = (struct signal_record){
        .signal = information->signal,
        .error = information->error,
        .code = information->code,
    };
    if (information->code == CODE_TIMER) {
        to->timer = information->timer;
        to->overrun = information->overrun;
    } else {
        to->pid = information->pid;
        to->uid = information->uid;
    }
    if (information->code < 0 && information->code != CODE_TKILL) {
        to->integer = information->value;
        to->pointer = information->value;
    }
}

static struct pool pool = { .object_size = sizeof(uint64_t) };

static long read_signals(struct file *file, void *to, size_t size, uint64_t *position)
{
    const struct signal_file *own = file->node.object;
    struct signal_record *record = to;
    struct signal_information information;

    (void)position;
    if (size < sizeof(*record))
        return -EINVAL;
    while (size >= sizeof(*record) && signal_take(own->set, &information)) {
        tell(&information, record++);
        size -= sizeof(*record);
    }
    return record == to ? -EAGAIN : (char *)record - (char *)to;
}

static unsigned ready(struct file *file)
{
    const struct signal_file *own = file->node.object;

    return signals_waiting() & own->set ? POLLIN : 0;
}

static struct wait_queue *queue(struct file *file)
{
    (void)file;
    return &signals_change;
}

static void close(struct file *file)
{
    pool_give(&pool, file->node.object);
}

static const struct file_kind kind = {
    .read = read_signals, .seek = seek_nowhere, .ready = ready, .queue = queue, .close = close,
};

/* A descriptor of an open one gets another set, -1 a new one. */
long signal_file_open(int fd, const uint64_t *set, size_t size, int flags)
{
    struct file *file = descriptor_file(fd);
    struct signal_file *own;
    struct node node = { .kind = &kind, .permissions = 0600 };

    if (size != sizeof(*set) || flags & ~(O_NONBLOCK | O_CLOEXEC))
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
    fd = descriptor_open(&node, (flags & (O_NONBLOCK | O_CLOEXEC)) | O_RDWR);
    if (fd < 0)
        pool_give(&pool, own);
    return fd;
}

long signal_file_open_plain(int fd, const uint64_t *set, size_t size)
{
    return signal_file_open(fd, set, size, 0);
}
