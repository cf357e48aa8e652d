/*
 * Looks at pointers before a call is made. Handlers look themselves where a
 * size depends on something else, or where an argument need not be touched.
 */
#include <memory/program.h>
#include <syscalls/handlers.h>
#include <syscalls/pointers.h>

/* What a call does with what an argument points to. OPTIONAL: it may be null. */
enum { READS = 1, WRITES = 2, CHANGES = READS | WRITES, OPTIONAL = 4 };

/* The first argument is the count of nothing else, so 0 means none. */
#define POINTER(argument, use, size) { argument, use, 0, size }
#define ARRAY(argument, use, size, count) { argument, use, count, size }

#ifdef __x86_64__
#define STAT sizeof(struct stat_x86_64)
#else
#define STAT sizeof(struct stat_i386)
#endif

#define MASK sizeof(uint64_t)
#define TIME sizeof(struct timespec64)
#define TIME32 sizeof(struct timespec32)
#define INFORMATION 128 /* siginfo_t */
#define RUSAGE (18 * sizeof(long))

const struct pointer pointers[MOST_CALLS][MOST_POINTERS] = {
#ifdef __x86_64__
    [CALL_statfs] = { POINTER(1, WRITES, sizeof(struct file_system)) },
    [CALL_fstatfs] = { POINTER(1, WRITES, sizeof(struct file_system)) },
    [CALL_stat] = { POINTER(1, WRITES, STAT) },
    [CALL_lstat] = { POINTER(1, WRITES, STAT) },
    [CALL_fstat] = { POINTER(1, WRITES, STAT) },
    [CALL_newfstatat] = { POINTER(2, WRITES, STAT) },
    [CALL_clock_gettime] = { POINTER(1, WRITES, TIME) },
    [CALL_clock_getres] = { POINTER(1, WRITES | OPTIONAL, TIME) },
    [CALL_clock_nanosleep] = { POINTER(2, READS, TIME) },
    [CALL_nanosleep] = { POINTER(0, READS, TIME) },
    [CALL_ppoll] = { ARRAY(0, CHANGES, 8, 1), POINTER(2, READS | OPTIONAL, TIME), POINTER(3, READS | OPTIONAL, MASK) },
    [CALL_utimensat] = { POINTER(2, READS | OPTIONAL, 2 * TIME) },
    [CALL_rt_sigtimedwait] = { POINTER(0, READS, MASK), POINTER(2, READS | OPTIONAL, TIME) },
    [CALL_getrlimit] = { POINTER(1, WRITES, 2 * sizeof(long)) },
#else
    [CALL_statfs64] = { POINTER(2, WRITES, sizeof(struct file_system)) },
    [CALL_fstatfs64] = { POINTER(2, WRITES, sizeof(struct file_system)) },
    [CALL_stat64] = { POINTER(1, WRITES, STAT) },
    [CALL_lstat64] = { POINTER(1, WRITES, STAT) },
    [CALL_fstat64] = { POINTER(1, WRITES, STAT) },
    [CALL_fstatat64] = { POINTER(2, WRITES, STAT) },
    [CALL__llseek] = { POINTER(3, WRITES, sizeof(int64_t)) },
    [CALL_clock_gettime64] = { POINTER(1, WRITES, TIME) },
    [CALL_clock_getres_time64] = { POINTER(1, WRITES | OPTIONAL, TIME) },
    [CALL_clock_nanosleep_time64] = { POINTER(2, READS, TIME) },
    [CALL_clock_gettime] = { POINTER(1, WRITES, TIME32) },
    [CALL_clock_getres] = { POINTER(1, WRITES | OPTIONAL, TIME32) },
    [CALL_clock_nanosleep] = { POINTER(2, READS, TIME32) },
    [CALL_nanosleep] = { POINTER(0, READS, TIME32) },
    [CALL_ppoll] = { ARRAY(0, CHANGES, 8, 1), POINTER(2, READS | OPTIONAL, TIME32), POINTER(3, READS | OPTIONAL, MASK) },
    [CALL_ppoll_time64] = { ARRAY(0, CHANGES, 8, 1), POINTER(2, READS | OPTIONAL, TIME), POINTER(3, READS | OPTIONAL, MASK) },
    [CALL_utimensat] = { POINTER(2, READS | OPTIONAL, 2 * TIME32) },
    [CALL_utimensat_time64] = { POINTER(2, READS | OPTIONAL, 2 * TIME) },
    [CALL_rt_sigtimedwait] = { POINTER(0, READS, MASK), POINTER(2, READS | OPTIONAL, TIME32) },
    [CALL_rt_sigtimedwait_time64] = { POINTER(0, READS, MASK), POINTER(2, READS | OPTIONAL, TIME) },
    [CALL_ugetrlimit] = { POINTER(1, WRITES, 2 * sizeof(long)) },
    [CALL_set_thread_area] = { POINTER(0, CHANGES, sizeof(struct user_desc)) },
#endif
    [CALL_statx] = { POINTER(4, WRITES, sizeof(struct statx)) },
    [CALL_pipe] = { POINTER(0, WRITES, 2 * sizeof(int)) },
    [CALL_pipe2] = { POINTER(0, WRITES, 2 * sizeof(int)) },
    [CALL_poll] = { ARRAY(0, CHANGES, sizeof(struct pollfd), 1) },
    [CALL_signalfd] = { POINTER(1, READS, MASK) },
    [CALL_signalfd4] = { POINTER(1, READS, MASK) },
    [CALL_gettimeofday] = { POINTER(0, WRITES | OPTIONAL, 2 * sizeof(long)), POINTER(1, WRITES | OPTIONAL, 2 * sizeof(int)) },
    [CALL_time] = { POINTER(0, WRITES | OPTIONAL, sizeof(long)) },
    [CALL_rt_sigaction] = { POINTER(1, READS | OPTIONAL, sizeof(struct sigaction)),
                            POINTER(2, WRITES | OPTIONAL, sizeof(struct sigaction)) },
    [CALL_rt_sigprocmask] = { POINTER(1, READS | OPTIONAL, MASK), POINTER(2, WRITES | OPTIONAL, MASK) },
    [CALL_rt_sigpending] = { POINTER(0, WRITES, MASK) },
    [CALL_rt_sigsuspend] = { POINTER(0, READS, MASK) },
    [CALL_sigaltstack] = { POINTER(0, READS | OPTIONAL, sizeof(struct stack)),
                           POINTER(1, WRITES | OPTIONAL, sizeof(struct stack)) },
    [CALL_rt_sigqueueinfo] = { POINTER(2, READS, INFORMATION) },
    [CALL_rt_tgsigqueueinfo] = { POINTER(3, READS, INFORMATION) },
    [CALL_uname] = { POINTER(0, WRITES, sizeof(struct utsname)) },
    [CALL_sysinfo] = { POINTER(0, WRITES, sizeof(struct sysinfo)) },
    [CALL_prlimit64] = { POINTER(2, READS | OPTIONAL, 16) },
    [CALL_setrlimit] = { POINTER(1, READS, 2 * sizeof(long)) },
    [CALL_getcpu] = { POINTER(0, WRITES | OPTIONAL, sizeof(int)), POINTER(1, WRITES | OPTIONAL, sizeof(int)) },
    [CALL_getrusage] = { POINTER(1, WRITES, RUSAGE) },
    [CALL_times] = { POINTER(0, WRITES | OPTIONAL, 4 * sizeof(long)) },
    [CALL_getrandom] = { ARRAY(0, WRITES, 1, 1) },
};

static bool is_good(const struct pointer *pointer, const long *arguments)
{
    const void *start = (const void *)arguments[pointer->argument];
    size_t size = pointer->size;

    if (!start && pointer->use & OPTIONAL)
        return true;
    if (pointer->count) {
        unsigned long count = arguments[pointer->count];

        /* What is too many for the address space, the call will refuse. */
        if (count > SIZE_MAX / 2 / size)
            return true;
        size *= count;
    }
    /* What may be written may be read. */
    return program_extent(start, size, pointer->use & WRITES ? MAY_WRITE : MAY_READ) == size;
}

bool pointers_look(const struct pointer *pointer, const long *arguments)
{
    for (unsigned i = 0; i < MOST_POINTERS && pointer[i].use; i++)
        if (!is_good(&pointer[i], arguments))
            return false;
    return true;
}
