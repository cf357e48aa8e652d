/*
 * poll and ppoll: waiting for one of several files.
 */
#include <files/files.h>
#include <signals/signals.h>
#include <syscalls/handlers.h>
#include <time/clock.h>

static unsigned ready(int fd, unsigned events)
{
    struct file *file = descriptor_file(fd);

    return file ? file_ready(file, events) : POLLNVAL;
}

static long look(struct pollfd *wanted, unsigned long count, bool *outside)
{
    long found = 0;

    *outside = false;
    for (unsigned long i = 0; i < count; i++) {
        struct file *file = descriptor_file(wanted[i].fd);

        wanted[i].revents = wanted[i].fd < 0 ? 0 : ready(wanted[i].fd, wanted[i].events);
        found += wanted[i].revents != 0;
        *outside |= file && file->node.kind->outside;
    }
    return found;
}

static long wait_for_one(struct pollfd *wanted, unsigned long count, uint64_t deadline)
{
    for (;;) {
        bool outside;
        long found = look(wanted, count, &outside);

        if (found || deadline <= clock_monotonic())
            return found;
        if (readiness_wait(outside, deadline) == WAKE_SIGNAL)
            return -EINTR;
    }
}

/* The mask stays in effect until the handler has run that interrupted us. */
long poll_until(struct pollfd *wanted, unsigned long count, uint64_t deadline, const uint64_t *mask)
{
    if (mask)
        signals_mask_until_handled(mask);
    return wait_for_one(wanted, count, deadline);
}

long poll_poll(struct pollfd *wanted, unsigned long count, int milliseconds)
{
    return wait_for_one(wanted, count,
                        milliseconds < 0 ? NEVER : clock_deadline(milliseconds / 1000, milliseconds % 1000 * 1000000));
}

long poll_ppoll(struct pollfd *wanted, unsigned long count, const struct timespec64 *timeout, const uint64_t *mask)
{
    return poll_until(wanted, count, timeout ? clock_deadline(timeout->seconds, timeout->nanoseconds) : NEVER, mask);
}

long poll_ppoll32(struct pollfd *wanted, unsigned long count, const struct timespec32 *timeout, const uint64_t *mask)
{
    return poll_until(wanted, count, timeout ? clock_deadline(timeout->seconds, timeout->nanoseconds) : NEVER, mask);
}
