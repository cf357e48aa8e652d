/*
 * Shows what /proc tells of the process and the machine, and its links to open
 * files.
 */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static char text[20000];

/* Reads a file in parts of that size, and tells how long it is. */
static ssize_t read_all(const char *path, size_t part)
{
    ssize_t length, total = 0;
    int fd = open(path, O_RDONLY);

    if (fd < 0)
        return -1;
    while ((length = read(fd, text + total, part < sizeof(text) - 1 - total ? part : sizeof(text) - 1 - total)) > 0)
        total += length;
    text[total] = 0;
    close(fd);
    return length < 0 ? -1 : total;
}

/* The number behind a name that begins a line. */
static double number_of(const char *name)
{
    const char *at = strstr(text, name);

    return at && (at == text || at[-1] == '\n') ? strtod(at + strlen(name), NULL) : -1;
}

static void check_process(const char *own_name)
{
    char path[100], *last = strrchr(own_name, '/');

    CHECK(read_all("/proc/self/cmdline", 4096) > 0 && !strcmp(text, own_name));
    CHECK(read_all("/proc/self/comm", 4096) > 0 && !strncmp(text, last ? last + 1 : own_name, 4));
    CHECK(read_all("/proc/self/status", 4096) > 0 && number_of("Pid:") == getpid() && number_of("Threads:") == 1);
    CHECK(number_of("PPid:") == getppid() && number_of("Uid:") == getuid() && number_of("VmRSS:") > 0);
    snprintf(path, sizeof(path), "/proc/%d/status", getpid());
    CHECK(read_all(path, 7) > 0 && number_of("Pid:") == getpid());
    CHECK(readlink("/proc/self", path, sizeof(path)) > 0 && atoi(path) == getpid());
    memset(path, 0, sizeof(path));
    CHECK(!chdir("/tmp") && readlink("/proc/self/cwd", path, sizeof(path)) == 4 && !strcmp(path, "/tmp"));
    CHECK(!access("/proc/self/cwd/../tmp", F_OK) && !access("/proc/self/root/tmp", F_OK));
}

/* Is there a line for the address, with these rights and that end? */
static int is_mapped(const void *address, const char *rights, const char *end)
{
    unsigned long start, stop, at = (unsigned long)address;
    char found[5];

    for (char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        char *stops = strchr(line, '\n');

        if (sscanf(line, "%lx-%lx %4s", &start, &stop, found) == 3 && start <= at && at < stop)
            return !strcmp(found, rights) && !strncmp(stops - strlen(end), end, strlen(end));
    }
    return 0;
}

static void check_maps(void)
{
    int fd = open("/tmp/mapped", O_CREAT | O_RDWR, 0600), here = 0;
    char *shared, *private, *heap = (char *)syscall(SYS_brk, 0);

    CHECK(!ftruncate(fd, 8192) && (char *)syscall(SYS_brk, heap + 10000) == heap + 10000);
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
    private = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(shared != MAP_FAILED && private != MAP_FAILED && read_all("/proc/self/maps", sizeof(text)) > 0);
    CHECK(is_mapped(shared, "rw-s", "/tmp/mapped") && is_mapped(private, "r--p", " /tmp/mapped"));
    CHECK(is_mapped(&here, "rw-p", "[stack]") && is_mapped((void *)check_maps, "r-xp", "") && is_mapped(heap + 9999, "rw-p", "[heap]"));
    CHECK(!munmap(private, 4096) && read_all("/proc/self/maps", 100) > 0 && !is_mapped(private, "r--p", "/tmp/mapped"));
    CHECK(!unlink("/tmp/mapped") && read_all("/proc/self/maps", 4096) > 0 && is_mapped(shared, "rw-s", "(deleted)"));
    CHECK(!munmap(shared, 4096) && !close(fd));
}

static void check_machine(void)
{
    double total = 0, first = 0;
    ssize_t length;

    CHECK((length = read_all("/proc/cpuinfo", sizeof(text))) > 0 && strstr(text, "processor\t: 0\n") && strstr(text, "model name\t: "));
    CHECK(strstr(text, "flags\t\t: fpu ") && strstr(text, " sse2 "));
    CHECK(read_all("/proc/cpuinfo", 11) == length && strstr(text, "flags\t\t: fpu "));
    CHECK(read_all("/proc/meminfo", 4096) > 0 && (total = number_of("MemTotal:")) > 1000);
    CHECK(number_of("MemFree:") > 0 && number_of("MemFree:") < total && number_of("MemAvailable:") > 0 && number_of("SwapFree:") >= 0);
    CHECK(read_all("/proc/uptime", 4096) > 0 && (first = strtod(text, NULL)) >= 0 && strchr(text, ' '));
    usleep(50000);
    CHECK(read_all("/proc/uptime", 4096) > 0 && strtod(text, NULL) >= first + 0.03);
}

static int seen_in_list(int fd)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;
    int seen = 0;

    while (folder && (entry = readdir(folder)))
        seen += entry->d_name[0] != '.' && atoi(entry->d_name) == fd && entry->d_type == DT_LNK;
    if (folder)
        closedir(folder);
    return seen;
}

static void check_descriptors(void)
{
    char path[40], target[PATH_MAX] = "", buffer[10];
    struct stat st, own;
    int fd = open("/tmp/open-file", O_CREAT | O_RDWR, 0600), other, ends[2];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    CHECK(write(fd, "text", 4) == 4 && readlink(path, target, sizeof(target)) == 14 && !strcmp(target, "/tmp/open-file"));
    CHECK(seen_in_list(fd) == 1 && seen_in_list(fd + 500) == 0);
    CHECK(!lstat(path, &st) && S_ISLNK(st.st_mode) && !stat(path, &st) && S_ISREG(st.st_mode));
    CHECK(!fstat(fd, &own) && own.st_ino == st.st_ino);
    other = open(path, O_RDONLY);
    CHECK(other >= 0 && read(other, buffer, 10) == 4 && !memcmp(buffer, "text", 4) && !close(other));
    CHECK(!rename("/tmp/open-file", "/tmp/renamed") && readlink(path, target, sizeof(target)) == 12 && !strncmp(target, "/tmp/renamed", 12));
    CHECK(!unlink("/tmp/renamed") && (other = open(path, O_RDONLY)) >= 0 && read(other, buffer, 10) == 4 && !close(other));
    memset(target, 0, sizeof(target));
    CHECK(readlink(path, target, sizeof(target)) > 0 && strstr(target, "(deleted)"));
    CHECK(!close(fd) && readlink(path, target, sizeof(target)) == -1 && errno == ENOENT && open(path, O_RDONLY) == -1 && errno == ENOENT);
    CHECK(!pipe(ends));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    CHECK(readlink(path, target, sizeof(target)) > 0 && !strncmp(target, "pipe:[", 6) && !stat(path, &st) && S_ISFIFO(st.st_mode));
    CHECK(access("/proc/self/fd/x", F_OK) == -1 && errno == ENOENT && access("/proc/self/fd/01", F_OK) == -1);
    CHECK(open("/proc/self/fd/new", O_CREAT | O_RDWR, 0600) == -1 && open("/proc/self/new", O_CREAT | O_RDWR, 0600) == -1);
    CHECK(open("/proc/uptime", O_RDONLY) >= 0 && unlink("/proc/self/status") == -1);
}

int main(int count, char **arguments)
{
    CHECK(count > 0);
    check_process(arguments[0]);
    check_maps();
    check_machine();
    check_descriptors();
    return failures;
}
