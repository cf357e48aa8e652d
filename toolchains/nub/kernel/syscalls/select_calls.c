/*
 * select and pselect: sets of bits, turned into what poll takes and back.
 */
#include <files/files.h>
#include <memory/pages.h>
#include <memory/program.h>
#include <syscalls/handlers.h>
#include <time/clock.h>

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

/* Bits for that many descriptors, in whole words; or nothing. */
static bool is_set(unsigned long *set, int count)
{
    return !set || program_may_write(set, ROUND_UP(smaller(count, MOST_DESCRIPTORS), sizeof(long) * 8) / 8);
}

static long select_until(int count, unsigned long *in, unsigned long *out, unsigned long *except,
                         uint64_t deadline, const uint64_t *mask)
{
    pfn page;
    long result;

    if (count < 0)
        return -EINVAL;
    if (!is_set(in, count) || !is_set(out, count) || !is_set(except, count))
        return -EFAULT;
    page = page_take();
    if (page == NO_PAGE)
        return -ENOMEM;
    result = select_with(page_address(page), count, in, out, except, deadline, mask);
    page_give(page);
    return result;
}

long poll_pselect(int count, unsigned long *in, unsigned long *out, unsigned long *except,
                  const struct timespec64 *timeout, const struct selected *mask)
{
    uint64_t deadline = timeout ? clock_deadline(timeout->seconds, timeout->nanoseconds) : NEVER;

    return select_until(count, in, out, except, deadline, mask ? mask->mask : NULL);
}

long poll_pselect32(int count, unsigned long *in, unsigned long *out, unsigned long *except,
                    const struct timespec32 *timeout, const struct selected *mask)
{
    uint64_t deadline = timeout ? clock_deadline(timeout->seconds, timeout->nanoseconds) : NEVER;

    return select_until(count, in, out, except, deadline, mask ? mask->mask : NULL);
}

long poll_select(int count, unsigned long *in, unsigned long *out, unsigned long *except, long *timeout)
{
    uint64_t deadline = timeout ? clock_deadline(timeout[0], timeout[1] * 1000) : NEVER;

    return select_until(count, in, out, except, deadline, NULL);
}
