/*
 * Shows the working folder, links, permissions and times in the writable part
 * of the tree, and folders that are emptied while they are read.
 */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define FILES 60

static void check_working_folder(void)
{
    char path[100];
    int fd;

    CHECK(!mkdir("/tmp/here", 0755) && !chdir("/tmp/here") && getcwd(path, sizeof(path)) && !strcmp(path, "/tmp/here"));
    fd = open("file", O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0 && !access("/tmp/here/file", F_OK) && !access("../here/./file", F_OK) && access("tmp", F_OK) == -1);
    CHECK(!rename("/tmp/here", "/tmp/there") && getcwd(path, sizeof(path)) && !strcmp(path, "/tmp/there"));
    CHECK(fchdir(fd) == -1 && errno == ENOTDIR && !close(fd) && fchdir(fd) == -1 && errno == EBADF);
    fd = open("/tmp", O_RDONLY | O_DIRECTORY);
    CHECK(!unlink("file") && !rmdir("/tmp/there") && !getcwd(path, sizeof(path)) && errno == ENOENT);
    CHECK(!fchdir(fd) && getcwd(path, sizeof(path)) && !strcmp(path, "/tmp") && !close(fd));
}

static void check_links(void)
{
    char target[100] = "";
    struct stat st;
    int fd = open("file", O_CREAT | O_RDWR, 0600);

    CHECK(fd >= 0 && write(fd, "text", 4) == 4);
    CHECK(!symlink("/tmp/file", "link") && symlink("x", "link") == -1 && errno == EEXIST);
    CHECK(readlink("link", target, sizeof(target)) == 9 && !memcmp(target, "/tmp/file", 9));
    CHECK(!lstat("link", &st) && S_ISLNK(st.st_mode) && st.st_size == 9 && !stat("link", &st) && st.st_size == 4);
    CHECK(!truncate("link", 2) && !fstat(fd, &st) && st.st_size == 2);
    CHECK(!unlink("link") && !access("file", F_OK) && readlink("file", target, 10) == -1 && errno == EINVAL);
    CHECK(!symlink("loop", "loop") && access("loop", F_OK) == -1 && errno == ELOOP && !unlink("loop"));
    close(fd);
}

static void check_attributes(void)
{
    const struct timespec times[2] = { { 5, 0 }, { 7000, 8 } };
    struct stat st;
    int fd;

    CHECK(!chmod("file", 04711) && !stat("file", &st) && (st.st_mode & 07777) == 04711);
    CHECK(!utimensat(AT_FDCWD, "file", times, 0) && !stat("file", &st) && st.st_mtime == 7000);
    CHECK(umask(077) == 022);
    fd = open("private", O_CREAT | O_RDWR, 0666);
    CHECK(!fstat(fd, &st) && (st.st_mode & 07777) == 0600 && umask(022) == 077);
    CHECK(!close(fd) && !unlink("private") && !unlink("file"));
}

/* As rm -r does it. */
static void check_emptying(void)
{
    struct sysinfo before, after;
    struct dirent *entry;
    char name[20];
    DIR *folder;
    int seen = 0;

    sysinfo(&before);
    CHECK(!mkdir("many", 0755) && !chdir("many"));
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "file%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    folder = opendir(".");
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        seen += !unlink(entry->d_name);
        if (seen == 10)
            close(open("late", O_CREAT | O_WRONLY, 0600));
    }
    closedir(folder);
    unlink("late"); /* which may have been seen or not */
    CHECK(seen == FILES || seen == FILES + 1);
    CHECK(!chdir("..") && !rmdir("many"));
    sysinfo(&after);
    CHECK((long)(before.freeram - after.freeram) < 16);
}

static volatile int value;

static void handler(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)context;
    value = information->si_value.sival_int;
}

static void check_values(void)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
    int ends[2], waiting = 0;

    sigaction(SIGUSR1, &action, NULL);
    CHECK(!sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 77 }) && value == 77);
    CHECK(!pipe(ends) && write(ends[1], "abc", 3) == 3 && !ioctl(ends[0], FIONREAD, &waiting) && waiting == 3);
}

int main(void)
{
    check_working_folder();
    check_links();
    check_attributes();
    check_emptying();
    check_values();
    return failures;
}
