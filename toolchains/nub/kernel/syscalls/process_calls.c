/*
 * System calls on the process. There is one, and it is root.
 */
#include <arch.h>
#include <files/files.h>
#include <halt/halt.h>
#include <memory/pages.h>
#include <memory/program.h>
#include <syscalls/handlers.h>
#include <threads/cpu_time.h>
#include <time/clock.h>

long process_exit(int status)
{
    finish(status & 255);
}

#define NAME_SIZE 65

static char host_name[NAME_SIZE] = "nub", domain_name[NAME_SIZE] = "(none)";

/* Programs look at the release to learn what Linux can do; this one names the
 * interface that the table follows. */
long process_uname(struct utsname *to)
{
    memset(to, 0, sizeof(*to));
    format(to->sysname, sizeof(to->sysname), "Linux");
    memcpy(to->nodename, host_name, sizeof(to->nodename));
    memcpy(to->domainname, domain_name, sizeof(to->domainname));
    format(to->release, sizeof(to->release), LINUX_RELEASE);
    format(to->version, sizeof(to->version), "nub " NUB_VERSION);
    format(to->machine, sizeof(to->machine), ARCH_MACHINE);
    return 0;
}

/* Linux's: it may be as long as the field without its final zero. */
static long set_name(char *field, const char *name, size_t size)
{
    if (!process_is_root())
        return -EPERM;
    if (size >= NAME_SIZE)
        return -EINVAL;
    if (copy_from_program(field, name, size))
        return -EFAULT;
    field[size] = 0;
    return 0;
}

long process_sethostname(const char *name, size_t size) { return set_name(host_name, name, size); }
long process_setdomainname(const char *name, size_t size) { return set_name(domain_name, name, size); }

/* Another personality than Linux's is kept for who asks. */
long process_personality(unsigned long wanted)
{
    static unsigned long personality;
    unsigned long before = personality;

    if ((unsigned)wanted != ~0u)
        personality = (unsigned)wanted;
    return before;
}

static unsigned count_threads(void)
{
    unsigned count = 0;

    for (const struct thread *thread = all_threads; thread; thread = thread->next)
        count++;
    return count;
}

long process_sysinfo(struct sysinfo *to)
{
    *to = (struct sysinfo){
        .uptime = clock_monotonic() / NANOSECONDS,
        .totalram = pages_total(),
        .freeram = pages_unused(),
        .procs = count_threads(),
        .mem_unit = PAGE_SIZE,
    };
    return 0;
}

enum { GRND_NONBLOCK = 1, GRND_RANDOM = 2, GRND_INSECURE = 4 };

#define MOST_RANDOM 0x7fffffff

/* To wait would not help: where there is no source of randomness, none comes. Who
 * does not want to wait is told so. */
long process_getrandom(void *to, size_t size, unsigned flags)
{
    if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)
        || (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
        return -EINVAL;
    if (flags & GRND_NONBLOCK && !(flags & GRND_INSECURE) && !random_ready())
        return -EAGAIN;
    size = smaller(size, MOST_RANDOM);
    if (flags & GRND_INSECURE)
        random_fill_early(to, size);
    else
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

enum { WNOHANG = 1, WUNTRACED = 2, WEXITED = 4, WCONTINUED = 8, WNOWAIT = 0x1000000 };
enum { WNOTHREAD = 0x20000000, WALL = 0x40000000, WCLONE = (int)0x80000000 };
enum { LAST_ID_KIND = 3 };

/* There is no child to wait for. */
long process_wait(int pid, int *status, int options)
{
    const int known = WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE;

    (void)status;
    if (options & ~known)
        return -EINVAL;
    return pid == (int)0x80000000 ? -ESRCH : -ECHILD;
}

long process_wait_id(int kind, int id, void *information, int options)
{
    const int wanted = WEXITED | WUNTRACED | WCONTINUED;
    const int known = wanted | WNOHANG | WNOWAIT | WNOTHREAD | WALL | WCLONE;

    (void)id;
    (void)information;
    return options & ~known || !(options & wanted) || kind < 0 || kind > LAST_ID_KIND ? -EINVAL : -ECHILD;
}

