/*
 * futex: waiting for a word in memory to change, and waking who waits; and locks. With
 * one address space, private and shared words are the same.
 */
#include <counts.h>
#include <memory/program.h>
#include <syscalls/handlers.h>
#include <threads/inherit.h>
#include <threads/wait.h>
#include <time/times.h>

enum {
    FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_REQUEUE = 3, FUTEX_CMP_REQUEUE = 4, FUTEX_WAKE_OP = 5, FUTEX_LOCK_PI = 6,
    FUTEX_UNLOCK_PI = 7, FUTEX_TRYLOCK_PI = 8, FUTEX_WAIT_BITSET = 9, FUTEX_WAKE_BITSET = 10, FUTEX_LOCK_PI2 = 13,
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

/* Changes the word, and tells what it was, as FUTEX_WAKE_OP's last argument says: in
 * its bits are the operation, the comparison, and a number for each. */
static long change_word(int *word, unsigned how, int *before)
{
    int number = (int)(how << 8) >> 20;

    if (!program_may_write(word, sizeof(*word)))
        return -EFAULT;
    *before = *word;
    if (how >> 31)
        number = 1 << (number & 31);
    switch (how >> 28 & 7) {
    case 0: *word = number; return 0;
    case 1: *word += (unsigned)number; return 0;
    case 2: *word |= number; return 0;
    case 3: *word &= ~number; return 0;
    case 4: *word ^= number; return 0;
    default: return -ENOSYS;
    }
}

static long compares(int before, unsigned how)
{
    int number = (int)(how << 20) >> 20;

    switch (how >> 24 & 15) {
    case 0: return before == number;
    case 1: return before != number;
    case 2: return before < number;
    case 3: return before <= number;
    case 4: return before > number;
    case 5: return before >= number;
    default: return -ENOSYS;
    }
}

/* The second word decides whether who waits for it is woken as well. */
static long wake_both(const int *word, unsigned most, int *other, unsigned other_most, unsigned how)
{
    int before;
    long result = change_word(other, how, &before);

    if (!result)
        result = compares(before, how);
    if (result < 0)
        return result;
    return wake_on(word, ALL_BITS, most) + (result ? wake_on(other, ALL_BITS, other_most) : 0);
}

/* The word is the holder's number, or 0. */
static long lock(unsigned *word, bool wait, uint64_t deadline)
{
    struct thread *holder;

    if (!program_may_write(word, sizeof(*word)))
        return -EFAULT;
    if (!(*word & LOCK_HOLDER)) {
        *word |= current->id;
        return 0;
    }
    holder = thread_find(*word & LOCK_HOLDER);
    if (holder == current)
        return -EDEADLK;
    if (!wait)
        return -EAGAIN;
    if (!holder)
        return -ESRCH;
    if (inherit_is_deadlock(holder))
        return -EDEADLK;
    counts.futex_waits++;
    *word |= LOCK_WAITED_FOR;
    switch (inherit_wait(word, holder, deadline)) {
    case WAKE_EVENT: return 0;
    case WAKE_TIMEOUT: return -ETIMEDOUT;
    default: return -ERESTART_ALWAYS;
    }
}

static long unlock(unsigned *word)
{
    if (!program_may_write(word, sizeof(*word)))
        return -EFAULT;
    if ((*word & LOCK_HOLDER) != (unsigned)current->id)
        return -EPERM;
    inherit_pass(word, 0);
    return 0;
}

/* Does the operation wait until a time? */
static bool is_limited(int operation)
{
    switch (operation & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return true;
    default:
        return false;
    }
}

/* A plain wait is told how long, all others a point in time. */
static uint64_t deadline_of(int operation, const struct timespec64 *timeout)
{
    int plain = operation & ~(FUTEX_PRIVATE | FUTEX_REALTIME);
    uint64_t point, now;

    if (!timeout)
        return NEVER;
    if (plain == FUTEX_WAIT)
        return clock_deadline(timeout->seconds, timeout->nanoseconds);
    point = time_in_nanoseconds(timeout);
    if (!(operation & FUTEX_REALTIME) && plain != FUTEX_LOCK_PI)
        return point;
    now = clock_realtime();
    return clock_monotonic() + (point > now ? point - now : 0);
}

/* Others may be at the memory, and a wake-up of nobody is none of theirs: it is
 * often the last that is done with a word. */
static long check(const int *word, int operation)
{
    bool wakes = operation == (FUTEX_WAKE | FUTEX_PRIVATE) || operation == (FUTEX_WAKE_BITSET | FUTEX_PRIVATE);

    if ((uintptr_t)word % sizeof(*word))
        return -EINVAL;
    if (wakes)
        return (uintptr_t)word < ARENA_END ? 0 : -EFAULT;
    return program_may_read(word, sizeof(*word)) ? 0 : -EFAULT;
}

/* `number` stands in the place of the timeout if the operation has none. */
static long call(int *word, int operation, int value, uint64_t deadline, unsigned long number, int *other, int compared)
{
    long error = check(word, operation);

    if (error)
        return error;
    switch (operation & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) {
    case FUTEX_WAIT:
        return wait_while(word, value, ALL_BITS, deadline);
    case FUTEX_WAIT_BITSET:
        return compared ? wait_while(word, value, (unsigned)compared, deadline) : -EINVAL;
    case FUTEX_WAKE:
        return wake_on(word, ALL_BITS, value);
    case FUTEX_WAKE_BITSET:
        return compared ? (long)wake_on(word, compared, value) : -EINVAL;
    case FUTEX_WAKE_OP:
        return wake_both(word, value, other, number, compared);
    case FUTEX_CMP_REQUEUE:
        return *word == compared ? requeue(word, value, number, other) : -EAGAIN;
    case FUTEX_REQUEUE:
        return requeue(word, value, number, other);
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return lock((unsigned *)word, true, deadline);
    case FUTEX_TRYLOCK_PI:
        return lock((unsigned *)word, false, 0);
    case FUTEX_UNLOCK_PI:
        return unlock((unsigned *)word);
    default:
        return -ENOSYS;
    }
}

long futex_call(int *word, int operation, int value, const struct timespec64 *timeout, int *other, int compared)
{
    bool limited = timeout && is_limited(operation);
    struct timespec64 time = { 0 };

    if (limited && copy_from_program(&time, timeout, sizeof(time)))
        return -EFAULT;
    if (!time_is_good(&time))
        return -EINVAL;
    return call(word, operation, value, deadline_of(operation, limited ? &time : NULL), (uintptr_t)timeout, other,
                compared);
}

long futex_call32(int *word, int operation, int value, const struct timespec32 *timeout, int *other, int compared)
{
    bool limited = timeout && is_limited(operation);
    struct timespec32 narrow = { 0 };
    struct timespec64 time;

    if (limited && copy_from_program(&narrow, timeout, sizeof(narrow)))
        return -EFAULT;
    time = (struct timespec64){ narrow.seconds, narrow.nanoseconds };
    if (!time_is_good(&time))
        return -EINVAL;
    return call(word, operation, value, deadline_of(operation, limited ? &time : NULL), (uintptr_t)timeout, other,
                compared);
}
