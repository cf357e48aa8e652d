/*
 * poll and ppoll: waiting for one of several files.
 */
#include <files/files.h>
#include <memory/areas.h>
#include <memory/pages.h>
#include <memory/program.h>
#include <signals/signals.h>
#include <syscalls/handlers.h>
#include <time/clock.h>

/* A file that is waited for, held until the wait is over, and the entry in its
 * queue. The first few are on the stack. */
struct polled {
    struct file *file;
    struct waiter waiter;
};

#define SET_SIZE 16

struct set {
    struct set *next;
    struct polled polled[SET_SIZE];
};

static struct pool pool = { .object_size = sizeof(struct set) };

static void release(struct set *first)
{
    for (struct set *set = first, *next; set; set = next) {
        next = set->next;
        for (unsigned i = 0; i < SET_SIZE; i++) {
            if (!set->polled[i].file)
                continue;
            wait_leave(&set->polled[i].waiter);
            file_release(set->polled[i].file);
        }
        if (set != first)
            pool_give(&pool, set);
    }
}

/* Makes room for so many; false for want of memory. */
static bool make_room(struct set *set, unsigned long count)
{
    for (; count > SET_SIZE; count -= SET_SIZE) {
        set->next = pool_take(&pool);
        if (!set->next)
            return false;
        set = set->next;
        memset(set, 0, sizeof(*set));
    }
    return true;
}

/* What the descriptor leads to now is what counts, and is held. */
static unsigned look_at(struct polled *polled, const struct pollfd *wanted, bool wait)
{
    struct file *file = descriptor_opened(wanted->fd);
    unsigned ready;

    if (polled->file && polled->file != file) {
        wait_leave(&polled->waiter);
        file_release(polled->file);
        polled->file = NULL;
    }
    if (!file)
        return wanted->fd < 0 ? 0 : POLLNVAL;
    ready = file_ready(file, wanted->events);
    if (ready || !wait || !file->node.kind->queue)
        return ready;
    if (!polled->file)
        polled->file = file_hold(file);
    wait_join(&polled->waiter, file->node.kind->queue(file), wanted->events | READY_ANYWAY);
    return 0;
}

/* Tells of all of them, and joins the queues until one is found that is ready. */
static long look(struct set *set, struct pollfd *wanted, unsigned long count, bool wait)
{
    long found = 0;

    for (unsigned long i = 0; i < count; i++) {
        if (i && i % SET_SIZE == 0)
            set = set->next;
        wanted[i].revents = look_at(&set->polled[i % SET_SIZE], &wanted[i], wait && !found);
        found += wanted[i].revents != 0;
    }
    return found;
}

/* What lies below the arena stays, such as the page of the kernel's that select uses. */
static bool is_good(const struct pollfd *wanted, unsigned long count)
{
    return (uintptr_t)wanted < arena_start() || program_may_write(wanted, count * sizeof(*wanted));
}

static long wait_for_one(struct pollfd *wanted, unsigned long count, uint64_t deadline)
{
    struct set first = { 0 };
    long found = -ENOMEM;

    if (count > MOST_DESCRIPTORS)
        return -EINVAL;
    if (make_room(&first, count)) {
        for (;;) {
            wait_begin();
            /* Others may have taken the memory away while this one waited. */
            found = is_good(wanted, count) ? look(&first, wanted, count, deadline) : -EFAULT;
            if (found || !deadline || deadline <= clock_monotonic())
                break;
            if (wait_until(deadline) == WAKE_SIGNAL) {
                found = -EINTR;
                break;
            }
        }
    }
    release(&first);
    return found;
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
    return wait_for_one(wanted, count, clock_deadline_milliseconds(milliseconds));
}

static long poll_for(struct pollfd *wanted, unsigned long count, bool limited, int64_t seconds,
                     int64_t nanoseconds, const uint64_t *mask)
{
    if (!limited)
        return poll_until(wanted, count, NEVER, mask);
    if (seconds < 0 || (uint64_t)nanoseconds >= NANOSECONDS)
        return -EINVAL;
    return poll_until(wanted, count, seconds || nanoseconds ? clock_deadline(seconds, nanoseconds) : 0, mask);
}

long poll_ppoll(struct pollfd *wanted, unsigned long count, const struct timespec64 *timeout, const uint64_t *mask)
{
    return poll_for(wanted, count, timeout, timeout ? timeout->seconds : 0,
                    timeout ? (uint32_t)timeout->nanoseconds : 0, mask);
}

long poll_ppoll32(struct pollfd *wanted, unsigned long count, const struct timespec32 *timeout, const uint64_t *mask)
{
    return poll_for(wanted, count, timeout, timeout ? timeout->seconds : 0,
                    timeout ? timeout->nanoseconds : 0, mask);
}
