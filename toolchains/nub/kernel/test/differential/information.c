/* What a program asks about itself and the system: users, scheduling, limits, /proc and /dev. */
#define _GNU_SOURCE
#include "record.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[1 << 16];

/* The start of a file as text, empty where there is none. */
static const char *content(const char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t size = 0, more = 0;
    while (fd >= 0 && size < (ssize_t)sizeof text - 1 &&
           (more = read(fd, text + size, sizeof text - 1 - size)) > 0)
        size += more;
    text[size] = '\0';
    if (fd >= 0)
        close(fd);
    return text;
}

static void users(void)
{
    uid_t a, b, c;
    gid_t groups[100];
    volatile int negative = -1;
    VALUE(getuid());
    VALUE(geteuid());
    VALUE(getgid());
    VALUE(getegid());
    CALL(getresuid(&a, &b, &c));
    VALUE(a + b + c);
    CALL(setuid(0));
    CALL(setgid(0));
    CALL(setreuid(-1, 0));
    CALL(setresgid(-1, -1, 0));
    CALL(getgroups(0, NULL) >= 0);
    CALL(getgroups(negative, groups));
    CALL(getpgid(0) >= 0);
    CALL(getsid(0) >= 0);
    CALL(getpgid(99999));
    CALL(getpid() > 0);
    CALL(getppid() >= 0);
}

static void scheduling(void)
{
    struct sched_param parameter = {.sched_priority = 77};
    cpu_set_t set;
    CALL(sched_yield());
    CALL(syscall(SYS_sched_getscheduler, 0));
    CALL(syscall(SYS_sched_getparam, 0, &parameter));
    VALUE(parameter.sched_priority);
    CALL(sched_get_priority_max(SCHED_OTHER));
    CALL(sched_get_priority_max(SCHED_FIFO));
    CALL(sched_get_priority_min(SCHED_FIFO));
    CALL(sched_get_priority_min(77));
    parameter.sched_priority = 0;
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &parameter));
    CALL(syscall(SYS_sched_setscheduler, 0, 77, &parameter));
    CALL(sched_getaffinity(0, sizeof set, &set));
    CALL(sched_getaffinity(0, 1, &set));
    CALL(sched_getaffinity(99999, sizeof set, &set));
    CALL(sched_getcpu() >= 0);
    /* A priority is inherited. */
    CALL(nice(0) == getpriority(PRIO_PROCESS, 0));
    CALL(setpriority(PRIO_PROCESS, 0, 19));
    CALL(getpriority(PRIO_PROCESS, 0));
    CALL(nice(0));
    CALL(setpriority(77, 0, 1));
    CALL(getpriority(77, 0));
}

static void limits(void)
{
    struct rlimit limit = {0}, old = {0};
    CALL(getrlimit(RLIMIT_STACK, &limit));
    VALUE(limit.rlim_cur);
    CALL(getrlimit(RLIMIT_CORE, &old));
    limit = (struct rlimit){0, old.rlim_max};
    CALL(setrlimit(RLIMIT_CORE, &limit));
    CALL(getrlimit(RLIMIT_CORE, &limit));
    VALUE(limit.rlim_cur);
    CALL(getrlimit(RLIMIT_AS, &limit));
    VALUE(limit.rlim_cur == RLIM_INFINITY);
    CALL(prlimit(99999, RLIMIT_CORE, NULL, &limit));
    CALL(sysconf(_SC_PAGESIZE));
    CALL(sysconf(_SC_NPROCESSORS_ONLN) > 0);
    CALL(sysconf(_SC_PHYS_PAGES) > 0);
}

/* A write past the largest size of a file that is allowed; the record may be such a file itself. */
static void largest_file(void)
{
    struct rlimit limit = {0}, old = {0};
    long long answers[4];
    int errors[4];
    signal(SIGXFSZ, SIG_IGN);
    int fd = open("a", O_RDWR | O_CREAT, 0600);
    CALL(getrlimit(RLIMIT_FSIZE, &old));
    limit = (struct rlimit){100, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 4; i++) {
        answers[i] = i < 3 ? write(fd, text, 90) : ftruncate(fd, 101);
        errors[i] = errno;
    }
    CALL(setrlimit(RLIMIT_FSIZE, &old));
    for (int i = 0; i < 4; i++) {
        errno = errors[i];
        record_answer(i < 3 ? "write(fd, text, 90)" : "ftruncate(fd, 101)", answers[i]);
    }
}

static void about_itself(void)
{
    struct rusage usage = {0};
    struct sysinfo info = {0};
    struct utsname name = {0};
    char own[20] = "";
    CALL(prctl(PR_SET_NAME, "a name that is too long"));
    CALL(prctl(PR_GET_NAME, own));
    TEXT(own);
    CALL(prctl(7777, 0, 0, 0, 0));
    CALL(getrusage(RUSAGE_SELF, &usage));
    CALL(getrusage(RUSAGE_THREAD, &usage));
    CALL(getrusage(77, &usage));
    CALL(sysinfo(&info));
    VALUE(info.totalram > 0 && info.freeram > 0 && info.mem_unit > 0);
    CALL(uname(&name));
    TEXT(name.sysname);
    CALL(waitpid(-1, NULL, WNOHANG));
    CALL(wait(NULL));
    CALL(syscall(9999));
}

static void randomness(void)
{
    unsigned char bytes[300] = {0};
    int different = 0;
    CALL(getrandom(bytes, sizeof bytes, 0));
    for (int i = 1; i < 256; i++)
        different += bytes[i] != bytes[0];
    VALUE(different > 200);
    CALL(getrandom(bytes, 10, GRND_NONBLOCK));
    CALL(getrandom(bytes, 10, 77));
    CALL(getrandom(bytes, 0, 0));
    CALL(getentropy(bytes, 256));
    CALL(getentropy(bytes, 257));
    int fd = CALL(open("/dev/urandom", O_RDONLY));
    CALL(read(fd, bytes, 100));
}

static void devices(void)
{
    char bytes[10] = "xxxxxxxxx";
    struct stat status = {0};
    int null = CALL(open("/dev/null", O_RDWR)), zero = CALL(open("/dev/zero", O_RDWR));
    CALL(write(null, "abc", 3));
    CALL(read(null, bytes, 9));
    CALL(read(zero, bytes, 9));
    VALUE(bytes[0] + bytes[8]);
    CALL(write(zero, "abc", 3));
    CALL(lseek(null, 5, SEEK_SET));
    CALL(ftruncate(null, 0));
    CALL(stat("/dev/null", &status));
    VALUE(S_ISCHR(status.st_mode));
    CALL(status.st_rdev == 0x103);
    CALL(open("/dev/null", O_RDONLY | O_DIRECTORY));
    CALL(open("/dev/missing", O_RDONLY));
    int full = CALL(open("/dev/full", O_RDWR));
    CALL(write(full, "abc", 3));
    CALL(isatty(null));
}

static void processes(void)
{
    char path[100] = "";
    struct stat status = {0};
    VALUE(readlink("/proc/self/exe", path, sizeof path) > 0);
    VALUE(path[0] == '/');
    VALUE(strlen(content("/proc/self/cmdline")) > 0);
    VALUE(strncmp(content("/proc/self/status"), "Name:\t", 6));
    VALUE(strstr(text, "\nThreads:\t") != NULL);
    VALUE(strstr(text, "\nVmRSS:") != NULL);
    VALUE(strstr(content("/proc/self/maps"), " r-xp ") || strstr(text, " rwxp "));
    VALUE(strstr(text, "[stack]") != NULL);
    CALL(open("a", O_RDWR | O_CREAT, 0600));
    CALL(readlink("/proc/self/fd/3", path, sizeof path));
    TEXT(path);
    CALL(open("/proc/self/fd/3", O_RDONLY));
    CALL(stat("/proc/self/fd/3", &status));
    VALUE(S_ISREG(status.st_mode));
    CALL(readlink("/proc/self/fd/77", path, sizeof path));
    CALL(access("/dev/fd/1", F_OK));
    CALL(access("/proc/self/missing", F_OK));
}

static void statistics(void)
{
    float up = -1;
    VALUE(strstr(content("/proc/cpuinfo"), "processor\t: 0\n") != NULL);
    VALUE(strstr(text, "flags\t\t: ") != NULL);
    VALUE(strncmp(content("/proc/meminfo"), "MemTotal:", 9));
    VALUE(strstr(text, "\nMemAvailable:") != NULL);
    VALUE(sscanf(content("/proc/uptime"), "%f", &up));
    VALUE(up > 0);
    VALUE(strlen(content("/proc/stat")) > 0);
    VALUE(strlen(content("/proc/version")) > 0);
    VALUE(strlen(content("/proc/mounts")) > 0);
}

static void environment(void)
{
    CALL(setenv("NAME", "value", 1));
    TEXT(getenv("NAME"));
    CALL(unsetenv("NAME"));
    VALUE(getenv("NAME") == NULL);
}

TOPIC(information, CASE(users), CASE(scheduling), CASE(limits), CASE(largest_file), CASE(about_itself),
      CASE(randomness), CASE(devices), CASE(processes), CASE(statistics), CASE(environment));
