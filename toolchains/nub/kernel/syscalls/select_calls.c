/*
 * select and pselect: sets of bits, turned into what poll takes and back.
 */
#include <files/files.h>
#include <memory/pages.h>
#include <memory/program.h>
#include <syscalls/handlers.h>
#include <time/times.h>

#define WORD_BITS (sizeof(long) * 8)

/* As many as fit into a page, which is where they are kept. */
#define MOST_SELECTED (PAGE_SIZE / sizeof(struct pollfd))

/* pselect's last argument: the mask and its size. */
struct selected {
    const uint64_t *mask;
    size_t size;
};

static bool has(const unsigned long *set, int fd)
{
    return set && set[fd / WORD_BITS] >> fd % WORD_BITS & 1;
}

static void clear(unsigned long *set, int count)
{
    for (int fd = 0; set && fd < count; fd += WORD_BITS)
        set[fd / WORD_BITS] = 0;
}

static long put(unsigned long *set, const struct pollfd *one, unsigned events)
{
    if (!set || !(one->revents & (events | POLLNVAL)))
        return 0;
    set[one->fd / WORD_BITS] |= 1UL << one->fd % WORD_BITS;
    return 1;
}

/* Bits for that many descriptors, in whole words; or nothing. */
static bool is_set(unsigned long *set, int count)
{
    return !set || program_may_write(set, ROUND_UP(smaller(count, MOST_DESCRIPTORS), sizeof(long) * 8) / 8);
}

static long select_with(struct pollfd *wanted, int count, unsigned long *in, unsigned long *out,
                        unsigned long *except, uint64_t deadline, const uint64_t *mask)
{
    unsigned used = 0;
    long found;

    for (int fd = 0; fd < count; fd++) {
        unsigned events = (has(in, fd) ? POLLIN : 0) | (has(out, fd) ? POLLOUT : 0) | (has(except, fd) ? POLLPRI : 0);

        if (!events)
            continue;
        if (used == MOST_SELECTED)
            return -EINVAL;
        if (!descriptor_file(fd))
            return -EBADF;
        wanted[used++] = (struct pollfd){ .fd = fd, .events = events };
    }
    found = poll_until(wanted, used, deadline, mask);
    if (found < 0)
        return found;
    /* Others may have taken the memory away meanwhile. */
    if (!is_set(in, count) || !is_set(out, count) || !is_set(except, count))
        return -EFAULT;
    clear(in, count);
    clear(out, count);
    clear(except, count);
    found = 0;
    for (unsigned i = 0; i < used; i++) {
        found += wanted[i].events & POLLIN ? put(in, &wanted[i], POLLIN | POLLHUP | POLLERR) : 0;
        found += wanted[i].events & POLLOUT ? put(out, &wanted[i], POLLOUT | POLLERR) : 0;
        found += wanted[i].events & POLLPRI ? put(except, &wanted[i], POLLPRI) : 0;
    }
    return found;
}

/* What a call has waited for, and how much of that time is left. */
struct patience {
    bool limited;
    int64_t seconds;
    uint32_t nanoseconds;
    uint64_t left;
};

static long select_for(int count, unsigned long *in, unsigned long *out, unsigned long *except,
                       struct patience *patience, const struct selected *selected)
{
    bool none = !patience->seconds && !patience->nanoseconds;
    uint64_t deadline = NEVER, now;
    struct selected mask = { 0 };
    pfn page;
    long result;

    if (selected && copy_from_program(&mask, selected, sizeof(mask)))
        return -EFAULT;
    if (patience->limited && (patience->seconds < 0 || patience->nanoseconds >= NANOSECONDS))
        return -EINVAL;
    if (mask.mask && mask.size != sizeof(uint64_t))
        return -EINVAL;
    if (mask.mask && !program_may_read(mask.mask, sizeof(uint64_t)))
        return -EFAULT;
    if (count < 0)
        return -EINVAL;
    if (!is_set(in, count) || !is_set(out, count) || !is_set(except, count))
        return -EFAULT;
    page = page_take();
    if (page == NO_PAGE)
        return -ENOMEM;
    if (patience->limited)
        deadline = none ? 0 : clock_deadline(patience->seconds, patience->nanoseconds);
    result = select_with(page_address(page), count, in, out, except, deadline, mask.mask);
    page_give(page);
    now = clock_monotonic();
    patience->left = deadline > now ? deadline - now : 0;
    return result;
}

long poll_pselect(int count, unsigned long *in, unsigned long *out, unsigned long *except,
                  struct timespec64 *timeout, const struct selected *mask)
{
    struct patience patience = { .limited = timeout };
    struct timespec64 time;
    long result;

    if (timeout) {
        if (copy_from_program(&time, timeout, sizeof(time)))
            return -EFAULT;
        patience.seconds = time.seconds;
        patience.nanoseconds = (uint32_t)time.nanoseconds;
    }
    result = select_for(count, in, out, except, &patience, mask);
    if (timeout && (result >= 0 || result == -EINTR)) {
        time = time_of_nanoseconds(patience.left);
        copy_to_program(timeout, &time, sizeof(time));
    }
    return result;
}

long poll_pselect32(int count, unsigned long *in, unsigned long *out, unsigned long *except,
                    struct timespec32 *timeout, const struct selected *mask)
{
    struct patience patience = { .limited = timeout };
    struct timespec32 time;
    long result;

    if (timeout) {
        if (copy_from_program(&time, timeout, sizeof(time)))
            return -EFAULT;
        patience.seconds = time.seconds;
        patience.nanoseconds = time.nanoseconds;
    }
    result = select_for(count, in, out, except, &patience, mask);
    if (timeout && (result >= 0 || result == -EINTR)) {
        time = (struct timespec32){ patience.left / NANOSECONDS, patience.left % NANOSECONDS };
        copy_to_program(timeout, &time, sizeof(time));
    }
    return result;
}

/* More microseconds than a second has are taken for seconds. */
long poll_select(int count, unsigned long *in, unsigned long *out, unsigned long *except, long *timeout)
{
    struct patience patience = { .limited = timeout };
    long time[2], result;

    if (timeout) {
        if (copy_from_program(time, timeout, sizeof(time)))
            return -EFAULT;
        if (time[0] < 0 || time[1] < 0)
            return -EINVAL;
        patience.seconds = (int64_t)time[0] + time[1] / 1000000;
        patience.nanoseconds = time[1] % 1000000 * 1000;
    }
    result = select_for(count, in, out, except, &patience, NULL);
    if (timeout && (result >= 0 || result == -EINTR)) {
        time[0] = patience.left / NANOSECONDS;
        time[1] = patience.left % NANOSECONDS / 1000;
        copy_to_program(timeout, time, sizeof(time));
    }
    return result;
}
