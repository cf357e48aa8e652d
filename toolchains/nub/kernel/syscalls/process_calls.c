/*
 * System calls on the process. There is one, with one thread, that is root.
 */
#include <arch.h>
#include <boot/process.h>
#include <memory/pages.h>
#include <panic/panic.h>
#include <syscalls/handlers.h>
#include <syscalls/random.h>
#include <time/clock.h>

enum { ARCH_SET_FS = 0x1002 };
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_PRIVATE = 128 };
enum { RLIMIT_STACK = 3, RLIMIT_NOFILE = 7 };

#define THREAD_ENTRY 6 /* of the descriptor table, on i386 */
#define NO_LIMIT (~0ULL)

long process_exit(int status)
{
    finish(status & 255);
}

long process_one(void) { return 1; }
long process_zero(void) { return 0; }

long process_arch_prctl(int code, uintptr_t address)
{
    if (code != ARCH_SET_FS)
        return -EINVAL;
    cpu_set_thread_pointer(address);
    return 0;
}

long process_set_thread_area(struct user_desc *description)
{
    if (description->entry_number != ~0U && description->entry_number != THREAD_ENTRY)
        return -EINVAL;
    description->entry_number = THREAD_ENTRY;
    cpu_set_thread_pointer(description->base_addr);
    return 0;
}

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
    case RLIMIT_STACK: return stack_end - stack_start;
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

long process_yield(void)
{
    clock_yield();
    return 0;
}

/* Nobody else is there to change the word: a wait can only time out, and one
 * without a time limit would never end. */
static long wait_on(const int *word, int value, bool limited, uint64_t duration)
{
    if (*(const volatile int *)word != value)
        return -EAGAIN;
    if (!limited)
        panic("the program waits for ever: a futex wait with no other thread to end it");
    clock_wait_until(clock_monotonic() + duration);
    return -ETIMEDOUT;
}

long process_futex(const int *word, int operation, int value, const struct timespec64 *timeout)
{
    switch (operation & ~FUTEX_PRIVATE) {
    case FUTEX_WAIT:
        return wait_on(word, value, timeout,
                       timeout ? timeout->seconds * NANOSECONDS + (uint32_t)timeout->nanoseconds : 0);
    case FUTEX_WAKE:
        return 0;
    default:
        return -ENOSYS;
    }
}

long process_futex32(const int *word, int operation, int value, const struct timespec32 *timeout)
{
    struct timespec64 wide;

    if ((operation & ~FUTEX_PRIVATE) != FUTEX_WAIT || !timeout)
        return process_futex(word, operation, value, NULL);
    wide = (struct timespec64){ timeout->seconds, timeout->nanoseconds };
    return process_futex(word, operation, value, &wide);
}
