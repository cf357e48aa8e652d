/*
 * What the process may use. Limits of what there is no such thing of are kept
 * and shown.
 */
#include <memory/program.h>
#include <resource_limits.h>
#include <signals/signals.h>
#include <syscalls/handlers.h>

/* Linux's own limit of RLIMIT_NOFILE (fs.nr_open) is what there is here. */
#define MOST_FILES 1024

/* i386's and x86_64's older calls: the largest number stands for no limit. */
#define NO_SHORT_LIMIT (~0UL)

static int set_limit(int resource, struct limit wanted)
{
    if (wanted.now > wanted.most)
        return -EINVAL;
    if (resource == RLIMIT_NOFILE && wanted.most > MOST_FILES)
        return -EPERM;
    if (wanted.most > limits[resource].most && !process_is_root())
        return -EPERM;
    limits[resource] = wanted;
    return 0;
}

long limit_exchange(int pid, int resource, const struct limit *set, struct limit *get)
{
    struct limit before;
    int error = 0;

    if (pid != 0 && pid != 1)
        return -ESRCH;
    if (resource < 0 || resource >= RLIMITS)
        return -EINVAL;
    before = limits[resource];
    if (set)
        error = set_limit(resource, *set);
    return error || !get ? error : copy_to_program(get, &before, sizeof(before));
}

static unsigned long shortened(uint64_t limit)
{
    return smaller(limit, NO_SHORT_LIMIT);
}

static uint64_t widened(unsigned long limit)
{
    return limit == NO_SHORT_LIMIT ? NO_LIMIT : limit;
}

long limit_get(int resource, unsigned long *get)
{
    if (resource < 0 || resource >= RLIMITS)
        return -EINVAL;
    get[0] = shortened(limits[resource].now);
    get[1] = shortened(limits[resource].most);
    return 0;
}

long limit_set(int resource, const unsigned long *set)
{
    if (resource < 0 || resource >= RLIMITS)
        return -EINVAL;
    return set_limit(resource, (struct limit){ widened(set[0]), widened(set[1]) });
}

/* Linux's signal goes with the error. */
static long too_large(void)
{
    signal_send(current, SIGXFSZ);
    return -EFBIG;
}

long limit_size(uint64_t size)
{
    return size > limits[RLIMIT_FSIZE].now ? too_large() : 0;
}

long limit_write(uint64_t position, size_t *size)
{
    uint64_t most = limits[RLIMIT_FSIZE].now;

    if (*size && position >= most)
        return too_large();
    *size = smaller(*size, most - position);
    return 0;
}
