/*
 * System calls on the process. There is one, and it is root.
 */
#include <arch.h>
#include <files/files.h>
#include <halt/halt.h>
#include <memory/pages.h>
#include <syscalls/handlers.h>
#include <threads/cpu_time.h>
#include <time/clock.h>

enum { RLIMIT_STACK = 3, RLIMIT_NOFILE = 7 };

#define NO_LIMIT (~0ULL)

long process_exit(int status)
{
    finish(status & 255);
}

long process_one(void) { return 1; }
long process_zero(void) { return 0; }

/* Programs look at the release to learn what Linux can do; this one names the
 * interface that the table follows. */
long process_uname(struct utsname *to)
{
    memset(to, 0, sizeof(*to));
    format(to->sysname, sizeof(to->sysname), "Linux");
    format(to->nodename, sizeof(to->nodename), "nub");
    format(to->release, sizeof(to->release), "5.10.0-nub");
    format(to->version, sizeof(to->version), "nub " NUB_VERSION);
    format(to->machine, sizeof(to->machine), ARCH_MACHINE);
    return 0;
}

static uint64_t limit_of(int resource)
{
    switch (resource) {
    case RLIMIT_STACK: return FIRST_STACK_SIZE;
    case RLIMIT_NOFILE: return 1024;
    default: return NO_LIMIT;
    }
}

long process_prlimit(int pid, int resource, const void *set, uint64_t *get)
{
    (void)pid;
    (void)set;
    if (get)
        get[0] = get[1] = limit_of(resource);
    return 0;
}

long process_getrlimit(int resource, unsigned long *get)
{
    get[0] = get[1] = limit_of(resource);
    return 0;
}

long process_sysinfo(struct sysinfo *to)
{
    *to = (struct sysinfo){
        .uptime = clock_monotonic() / NANOSECONDS,
        .totalram = pages_total(),
        .freeram = pages_unused(),
        .procs = 1,
        .mem_unit = PAGE_SIZE,
    };
    return 0;
}

long process_getrandom(void *to, size_t size)
{
    random_fill(to, size);
    return size;
}

enum { RUSAGE_CHILDREN = -1, RUSAGE_SELF, RUSAGE_THREAD };

/* The kernel's time counts as the program's. */
long process_getrusage(int who, long *to)
{
    uint64_t used;

    if (who < RUSAGE_CHILDREN || who > RUSAGE_THREAD)
        return -EINVAL;
    memset(to, 0, 18 * sizeof(*to));
    if (who == RUSAGE_CHILDREN)
        return 0;
    used = who == RUSAGE_THREAD ? cpu_time_of(current) : cpu_time_of_process();
    to[0] = used / NANOSECONDS;
    to[1] = used % NANOSECONDS / 1000;
    to[4] = pages_most_used() * (PAGE_SIZE / 1024);
    return 0;
}

long process_times(long *to)
{
    long ticks = clock_monotonic() / (NANOSECONDS / 100);

    if (to) {
        to[0] = cpu_time_of_process() / (NANOSECONDS / 100);
        to[1] = to[2] = to[3] = 0;
    }
    return ticks;
}

/* The one processor, whoever asks. */
long process_getaffinity(int id, size_t size, unsigned long *mask)
{
    (void)id;
    if (size < sizeof(*mask))
        return -EINVAL;
    memset(mask, 0, smaller(size, 128));
    mask[0] = 1;
    return sizeof(*mask);
}

long process_no_sockets(void) { return -EAFNOSUPPORT; }
