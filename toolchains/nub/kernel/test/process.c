/*
 * Shows what a process can ask and set of itself: its limits, who it is, how it
 * is scheduled, its names, prctl.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static void check_limits(void)
{
    static const char zeroes[90];
    struct rlimit before, limit, get;
    int fd, last = -1, count = 0, copies[40];

    CHECK(!getrlimit(RLIMIT_NOFILE, &before) && before.rlim_cur >= 32);
    limit = (struct rlimit){ 20, before.rlim_max };
    CHECK(!setrlimit(RLIMIT_NOFILE, &limit) && !getrlimit(RLIMIT_NOFILE, &get));
    CHECK(get.rlim_cur == 20 && get.rlim_max == before.rlim_max);
    while (count < 40 && (fd = open("/dev/null", O_RDONLY)) >= 0)
        copies[count++] = last = fd;
    CHECK(last == 19 && errno == EMFILE);
    CHECK(dup2(0, 20) == -1 && errno == EBADF);
    CHECK(fcntl(0, F_DUPFD, 20) == -1 && errno == EINVAL);
    CHECK(pipe((int[2]){ 0, 0 }) == -1 && errno == EMFILE);
    while (count)
        close(copies[--count]);
    CHECK(!setrlimit(RLIMIT_NOFILE, &before));
    limit = (struct rlimit){ 30, 20 };
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == -1 && errno == EINVAL);
    limit = (struct rlimit){ 1 << 30, 1 << 30 };
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == -1 && errno == EPERM);
    CHECK(getrlimit((int)16, &get) == -1 && errno == EINVAL);
    CHECK(!getrlimit(RLIMIT_CORE, &before));
    limit = (struct rlimit){ 0, before.rlim_max };
    CHECK(!prlimit(getpid(), RLIMIT_CORE, &limit, &get) && get.rlim_cur == before.rlim_cur);
    CHECK(!prlimit(0, RLIMIT_CORE, &before, &get) && get.rlim_cur == 0);
    CHECK(!getrlimit(RLIMIT_FSIZE, &before));
    limit = (struct rlimit){ 100, before.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    fd = open("/tmp/limited", O_RDWR | O_CREAT | O_TRUNC, 0600);
    count = setrlimit(RLIMIT_FSIZE, &limit);
    copies[0] = write(fd, zeroes, 90);
    copies[1] = write(fd, zeroes, 90);
    copies[2] = write(fd, zeroes, 90);
    last = errno;
    copies[3] = ftruncate(fd, 101);
    CHECK(!setrlimit(RLIMIT_FSIZE, &before) && !count);
    CHECK(copies[0] == 90 && copies[1] == 10 && copies[2] == -1 && last == EFBIG && copies[3] == -1);
    close(fd);
    unlink("/tmp/limited");
    CHECK(prlimit(999999, RLIMIT_CORE, NULL, &get) == -1 && errno == ESRCH);
}

static void check_schedule(void)
{
    struct sched_param parameters = { 7 };
    cpu_set_t set;
    unsigned cpu = 77, node = 77;
    int policy;

    CHECK(sched_get_priority_max(SCHED_FIFO) == 99 && sched_get_priority_min(SCHED_RR) == 1);
    CHECK(sched_get_priority_max(SCHED_OTHER) == 0 && sched_get_priority_min(77) == -1 && errno == EINVAL);
    CHECK(!pthread_getschedparam(pthread_self(), &policy, &parameters) && policy == SCHED_OTHER
          && !parameters.sched_priority);
    parameters.sched_priority = 100;
    CHECK(pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == EINVAL);
    parameters.sched_priority = 1;
    CHECK(pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters) == EINVAL);
    CHECK(syscall(SYS_sched_getscheduler, 999999) == -1 && errno == ESRCH);

    CPU_ZERO(&set);
    CHECK(!sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) >= 1);
    CHECK(!sched_setaffinity(0, sizeof(set), &set));
    CPU_ZERO(&set);
    CHECK(sched_setaffinity(0, sizeof(set), &set) == -1 && errno == EINVAL);
    CHECK(!syscall(SYS_getcpu, &cpu, &node, NULL) && cpu < 64 && node < 64);

    errno = 0;
    CHECK(getpriority(PRIO_PROCESS, 0) == 0 && !errno);
    CHECK(!setpriority(PRIO_PROCESS, 0, 5) && getpriority(PRIO_PROCESS, 0) == 5);
    CHECK(nice(3) == 8 && getpriority(PRIO_PROCESS, 0) == 8);
    CHECK(!setpriority(PRIO_PROCESS, 0, 100) && getpriority(PRIO_PROCESS, 0) == 19);
    CHECK(getpriority(9, 0) == -1 && errno == EINVAL);
    CHECK(setpriority(PRIO_PROCESS, 999999, 0) == -1 && errno == ESRCH);
}

/* One of a higher priority goes first, and at once. For root only. */
struct runner {
    pthread_t thread;
    sem_t go;
    int priority;
    volatile int ran;
};

static void *run(void *argument)
{
    struct runner *runner = argument;

    sem_wait(&runner->go);
    runner->ran = 1;
    return NULL;
}

static void start(struct runner *runner)
{
    struct sched_param parameters = { runner->priority };

    sem_init(&runner->go, 0, 0);
    pthread_create(&runner->thread, NULL, run, runner);
    if (runner->priority)
        pthread_setschedparam(runner->thread, SCHED_FIFO, &parameters);
    usleep(50000);
}

static void check_priority(void)
{
    struct runner high = { .priority = 10 }, low = { .priority = 3 }, none = { .priority = 0 };
    struct sched_param parameters = { 5 };
    cpu_set_t set;
    int policy;

    CPU_ZERO(&set);
    CPU_SET(0, &set);
    sched_setaffinity(0, sizeof(set), &set);
    if (pthread_setschedparam(pthread_self(), SCHED_RR, &parameters)) {
        printf("ok: no right to SCHED_RR\n");
        return;
    }
    CHECK(!pthread_getschedparam(pthread_self(), &policy, &parameters) && policy == SCHED_RR
          && parameters.sched_priority == 5);
    parameters.sched_priority = 0;
    start(&none);
    pthread_setschedparam(none.thread, SCHED_OTHER, &parameters);
    start(&low);
    start(&high);
    sem_post(&none.go);
    sem_post(&low.go);
    sem_post(&high.go);
    CHECK(high.ran && !low.ran && !none.ran);
    CHECK(!pthread_join(high.thread, NULL) && !pthread_join(low.thread, NULL) && low.ran);
    CHECK(!pthread_join(none.thread, NULL) && none.ran);
    CHECK(!pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters));
}

/* Who is nice leaves more of the processor to the others. */
static volatile int stop;

static void *count_up(void *argument)
{
    unsigned long *count = argument;

    setpriority(PRIO_PROCESS, syscall(SYS_gettid), *count);
    for (*count = 0; !stop; ++*(volatile unsigned long *)count)
        ;
    return NULL;
}

static void check_nice(void)
{
    unsigned long counts[] = { 0, 15 };
    pthread_t threads[2];

    setpriority(PRIO_PROCESS, 0, 0);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, count_up, &counts[i]);
    usleep(600000);
    stop = 1;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("turns: %lu and %lu\n", counts[0], counts[1]);
    CHECK(counts[0] > 2 * counts[1] && counts[1]);
}

static void check_names(void)
{
    struct utsname name;
    struct sysinfo info;
    char text[16], long_name[100] = { 0 };
    int value;

    CHECK(!uname(&name) && !strcmp(name.sysname, "Linux") && name.nodename[0] && name.release[0]);
    memset(long_name, 'x', 70);
    CHECK(sethostname(long_name, 70) == -1 && (errno == EINVAL || errno == EPERM));
    CHECK(!sysinfo(&info) && info.procs >= 1 && info.totalram > info.freeram && info.mem_unit);
    CHECK(!prctl(PR_SET_NAME, "a name that is too long") && !prctl(PR_GET_NAME, text));
    CHECK(!strcmp(text, "a name that is "));
    CHECK(prctl(PR_GET_DUMPABLE) == 1 && !prctl(PR_SET_DUMPABLE, 0) && prctl(PR_GET_DUMPABLE) == 0);
    CHECK(prctl(PR_SET_DUMPABLE, 7) == -1 && errno == EINVAL);
    CHECK(!prctl(PR_SET_PDEATHSIG, SIGUSR1) && !prctl(PR_GET_PDEATHSIG, &value) && value == SIGUSR1);
    CHECK(prctl(PR_GET_TIMERSLACK) == 50000 && !prctl(PR_SET_TIMERSLACK, 1000) && prctl(PR_GET_TIMERSLACK) == 1000);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == -1 && errno == EINVAL);
    CHECK(prctl(12345) == -1 && errno == EINVAL);
    CHECK(personality(0xffffffff) == 0);
}

static void check_identity(void)
{
    uid_t real, effective, saved;
    gid_t groups[3] = { 5, 6, 7 }, got[3] = { 0 };

    CHECK(getpgrp() == getpgid(0) && getsid(0) >= 0 && getpgid(999999) == -1 && errno == ESRCH);
    CHECK(setpgid(0, -1) == -1 && errno == EINVAL);
    CHECK(wait(NULL) == -1 && errno == ECHILD && waitpid(1234, NULL, WNOHANG) == -1 && errno == ECHILD);
    CHECK(waitpid(-1, NULL, 0x40) == -1 && errno == EINVAL);
    CHECK(waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED) == -1 && errno == ECHILD);
    CHECK(waitid(P_ALL, 0, &(siginfo_t){ 0 }, WNOHANG) == -1 && errno == EINVAL);
    if (getuid()) {
        printf("ok: not root\n");
        return;
    }
    CHECK(!setgroups(3, groups) && getgroups(0, NULL) == 3 && getgroups(3, got) == 3 && got[2] == 7);
    CHECK(getgroups(2, got) == -1 && errno == EINVAL);
    CHECK(!setresgid(1, 2, 3) && getgid() == 1 && getegid() == 2);
    CHECK(!setresuid(1000, 0, 2000) && getuid() == 1000 && geteuid() == 0);
    CHECK(!getresuid(&real, &effective, &saved) && real == 1000 && effective == 0 && saved == 2000);
    CHECK(!seteuid(2000) && geteuid() == 2000);
    CHECK(setuid(0) == -1 && errno == EPERM && setgroups(0, NULL) == -1 && errno == EPERM);
    CHECK(!setreuid(2000, 1000) && getuid() == 2000 && geteuid() == 1000);
    CHECK(setresuid(-1, 4711, -1) == -1 && errno == EPERM);
    CHECK(setgid(3) == 0 && getegid() == 3 && getgid() == 1);
    CHECK(setpriority(PRIO_PROCESS, 0, -5) == -1 && errno == EACCES);
}

int main(void)
{
    check_limits();
    check_schedule();
    check_priority();
    check_nice();
    check_names();
    check_identity();
    return failures;
}
