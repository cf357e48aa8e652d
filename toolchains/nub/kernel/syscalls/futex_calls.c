/*
 * futex: waiting for a word in memory to change, and waking who waits. With
 * one address space, private and shared words are the same.
 */
#include <counts.h>
#include <syscalls/handlers.h>
#include <threads/wait.h>
#include <time/clock.h>

enum {
    FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_REQUEUE = 3, FUTEX_CMP_REQUEUE = 4, FUTEX_WAIT_BITSET = 9,
    FUTEX_WAKE_BITSET = 10,
    FUTEX_PRIVATE = 128, FUTEX_REALTIME = 256,
};

/* The bit sets of who does not tell bits apart. */
#define ALL_BITS (~0u)

static long wait_while(const int *word, int value, unsigned bits, uint64_t deadline)
{
    if (*(const volatile int *)word != value)
        return -EAGAIN;
    counts.futex_waits++;
    current->futex = word;
    current->futex_value = value;
    current->futex_changes = 0;
    switch (wait_by_name(word, bits, deadline)) {
    case WAKE_EVENT: return 0;
    case WAKE_TIMEOUT: return -ETIMEDOUT;
    default: return deadline == NEVER ? -ERESTART : -EINTR;
    }
}

static unsigned wake_on(const int *word, unsigned bits, unsigned most)
{
    unsigned woken = wake_by_name(word, bits, most);

    counts.futex_wakes += woken;
    return woken;
}

/* Those that are not woken wait for another word from now on. */
static long requeue(const int *word, unsigned wake, unsigned move, const int *other)
{
    unsigned woken = wake_on(word, ALL_BITS, wake);

    return woken + move_waiters(word, other, move);
}

/* A bit set's wait names a point in time, the plain one how long. */
static uint64_t deadline_of(int operation, const struct timespec64 *timeout)
{
    uint64_t point, now;

    if (!timeout)
        return NEVER;
    if ((operation & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) == FUTEX_WAIT)
        return clock_deadline(timeout->seconds, timeout->nanoseconds);
    point = timeout->seconds < 0 ? 0
          : smaller(timeout->seconds, 1ULL << 33) * NANOSECONDS + (uint32_t)timeout->nanoseconds;
    if (!(operation & FUTEX_REALTIME))
        return point;
    now = clock_realtime();
    return clock_monotonic() + (point > now ? point - now : 0);
}

/* Some operations have a second number in the place of the timeout. */
long futex_call(const int *word, int operation, int value, const struct timespec64 *timeout,
                const int *other, int compared)
{
    if ((uintptr_t)word % sizeof(*word))
        return -EINVAL;
    switch (operation & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) {
    case FUTEX_WAIT:
        return wait_while(word, value, ALL_BITS, deadline_of(operation, timeout));
    case FUTEX_WAIT_BITSET:
        return compared ? wait_while(word, value, (unsigned)compared, deadline_of(operation, timeout)) : -EINVAL;
    case FUTEX_WAKE:
        return wake_on(word, ALL_BITS, value);
    case FUTEX_WAKE_BITSET:
        return compared ? (long)wake_on(word, compared, value) : -EINVAL;
    case FUTEX_CMP_REQUEUE:
        if (*(const volatile int *)word != compared)
            return -EAGAIN;
        return requeue(word, value, (uintptr_t)timeout, other);
    case FUTEX_REQUEUE:
        return requeue(word, value, (uintptr_t)timeout, other);
    default:
        return -ENOSYS;
    }
}

long futex_call32(const int *word, int operation, int value, const struct timespec32 *timeout,
                  const int *other, int compared)
{
    int plain = operation & ~(FUTEX_PRIVATE | FUTEX_REALTIME);
    struct timespec64 wide;

    if ((plain != FUTEX_WAIT && plain != FUTEX_WAIT_BITSET) || !timeout)
        return futex_call(word, operation, value, (const void *)timeout, other, compared);
    wide = (struct timespec64){ timeout->seconds, timeout->nanoseconds };
    return futex_call(word, operation, value, &wide, other, compared);
}
