/*
 * Shows names and paths: how long they may be, what a slash, a dot or nothing at
 * the end means, what happens in a removed folder, links of both kinds, and
 * renaming.
 */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

static int rename2(const char *from, const char *to, unsigned flags)
{
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static int make(const char *path, const char *text)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);

    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? close(fd) : -1;
}

static int holds(const char *path, const char *text)
{
    char buffer[100];
    int fd = open(path, O_RDONLY);
    ssize_t length = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));

    close(fd);
    return length == (ssize_t)strlen(text) && !memcmp(buffer, text, length);
}

static int links(const char *path)
{
    struct stat st;

    return lstat(path, &st) ? -1 : (int)st.st_nlink;
}

static void check_lengths(void)
{
    static char long_name[300], path[PATH_MAX + 100], target[PATH_MAX + 100];
    int depth = 0;

    memset(long_name, 'n', 255);
    CHECK(!make(long_name, "long") && holds(long_name, "long") && !rename(long_name, "short") && !rename("short", long_name));
    long_name[255] = 'n';
    FAILS(open(long_name, O_RDWR | O_CREAT, 0600), ENAMETOOLONG);
    FAILS(access(long_name, F_OK), ENAMETOOLONG);
    long_name[255] = 0;

    for (char *at = path; at < path + PATH_MAX - 10; at += 2)
        memcpy(at, "./", 3);
    strcat(path, "far");
    CHECK(strlen(path) < PATH_MAX && !make(path, "far") && holds("far", "far"));
    memset(path, '/', PATH_MAX);
    FAILS(access(path, F_OK), ENAMETOOLONG);
    path[PATH_MAX - 1] = 0;
    CHECK(!access(path, F_OK));

    /* Deeper than a path can tell. */
    memset(target, 'd', 200);
    while (depth < 25 && !mkdir(target, 0700) && !chdir(target))
        depth++;
    CHECK(depth == 25 && !make("deep", "deep") && holds("./deep", "deep"));
    CHECK(!getcwd(path, 4000) && (errno == ERANGE || errno == ENAMETOOLONG));
    CHECK(!unlink("deep"));
    for (; depth; depth--)
        if (chdir("..") || rmdir(target))
            break;
    CHECK(!depth && !unlink(long_name) && !unlink("far"));

    memset(target, 'x', PATH_MAX - 1);
    CHECK(!symlink(target, "most") && readlink("most", path, sizeof(path)) == PATH_MAX - 1 && !unlink("most"));
    target[PATH_MAX - 1] = 'x';
    FAILS(symlink(target, "more"), ENAMETOOLONG);
}

static void check_ends(void)
{
    struct stat st;
    int fd;

    CHECK(!make("file", "text") && !mkdir("folder", 0755) && !symlink("folder", "to-folder") && !symlink("file", "to-file"));
    CHECK(!symlink("nowhere", "to-nowhere"));
    FAILS(open("file/", O_RDONLY), ENOTDIR);
    FAILS(stat("file/", &st), ENOTDIR);
    FAILS(lstat("to-file/", &st), ENOTDIR);
    FAILS(open("file/.", O_RDONLY), ENOTDIR);
    FAILS(open("new/", O_CREAT | O_RDWR, 0600), EISDIR);
    FAILS(open("folder", O_CREAT | O_RDONLY, 0600), EISDIR);
    FAILS(open("folder", O_WRONLY), EISDIR);
    FAILS(open("", O_RDONLY), ENOENT);
    FAILS(stat("", &st), ENOENT);
    FAILS(access("", F_OK), ENOENT);
    FAILS(unlink(""), ENOENT);
    CHECK(!lstat("to-folder", &st) && S_ISLNK(st.st_mode) && !lstat("to-folder/", &st) && S_ISDIR(st.st_mode));
    CHECK(!mkdir("made///", 0755) && !rmdir("made//"));
    FAILS(mkdir("file/", 0755), EEXIST);
    FAILS(mkdir("to-nowhere", 0755), EEXIST);
    FAILS(mkdir(".", 0755), EEXIST);
    FAILS(mkdir("/", 0755), EEXIST);
    FAILS(unlink("file/"), ENOTDIR);
    FAILS(unlink("folder"), EISDIR);
    FAILS(rmdir("file"), ENOTDIR);
    FAILS(rmdir("to-folder/"), ENOTDIR);
    FAILS(rmdir("folder/."), EINVAL);
    FAILS(rmdir("folder/.."), ENOTEMPTY);
    FAILS(rmdir("/"), EBUSY);
    FAILS(rename("folder/.", "x"), EBUSY);
    FAILS(rename("file", "x/"), ENOTDIR);
    FAILS(rename("nothing", "x"), ENOENT);
    FAILS(open("to-file", O_RDONLY | O_NOFOLLOW), ELOOP);
    FAILS(open("to-nowhere", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    fd = open("to-nowhere", O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0 && !access("nowhere", F_OK) && !close(fd) && !unlink("nowhere"));
    CHECK(!access("folder", W_OK) && !access("/tmp", W_OK | X_OK) && !access("/", W_OK));
    FAILS(access("file", 8), EINVAL);

    /* An empty path may stand for the descriptor. */
    fd = open("file", O_RDONLY);
    CHECK(!fstatat(fd, "", &st, AT_EMPTY_PATH) && S_ISREG(st.st_mode) && st.st_size == 4);
    FAILS(fstatat(fd, "", &st, 0), ENOENT);
    FAILS(fstatat(fd, "x", &st, 0), ENOTDIR);
    CHECK(!fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH) && S_ISDIR(st.st_mode));
    CHECK(!fstatat(fd, "/tmp", &st, 0) && !close(fd));
    FAILS(fstatat(fd, "", &st, AT_EMPTY_PATH), EBADF);
    CHECK(!unlink("to-folder") && !unlink("to-file") && !unlink("to-nowhere") && !unlink("file") && !rmdir("folder"));
}

static void check_removed(void)
{
    struct dirent *entry;
    struct stat st;
    char path[100];
    DIR *folder;
    int fd = -1;

    CHECK(!mkdir("gone", 0755) && (fd = open("gone", O_RDONLY | O_DIRECTORY)) >= 0 && !chdir("gone") && !rmdir("../gone"));
    FAILS(open("x", O_CREAT | O_RDWR, 0600), ENOENT);
    FAILS(openat(fd, "x", O_CREAT | O_RDWR, 0600), ENOENT);
    FAILS(mkdir("x", 0700), ENOENT);
    FAILS(symlink("x", "x"), ENOENT);
    CHECK(!getcwd(path, sizeof(path)) && errno == ENOENT && !fstat(fd, &st) && st.st_nlink == 0);
    folder = opendir(".");
    errno = 0;
    CHECK(folder && !(entry = readdir(folder)) && !closedir(folder));
    CHECK(!chdir("..") && getcwd(path, sizeof(path)) && !strcmp(path, "/tmp/names") && !close(fd));
}

static void check_links(void)
{
    struct stat st;
    int fd;

    CHECK(!make("one", "text") && links("one") == 1 && !link("one", "two") && links("one") == 2 && links("two") == 2);
    CHECK(!make("two", "other") && holds("one", "other"));
    FAILS(link("one", "two"), EEXIST);
    FAILS(link("/tmp", "three"), EPERM);
    FAILS(link("nothing", "three"), ENOENT);
    CHECK(!rename("one", "two") && links("one") == 2); /* names of one and the same */
    CHECK(!unlink("one") && links("two") == 1 && holds("two", "other"));
    CHECK(!symlink("two", "sym") && !link("sym", "three") && !lstat("three", &st) && S_ISLNK(st.st_mode) && links("sym") == 2);
    CHECK(!linkat(AT_FDCWD, "sym", AT_FDCWD, "four", AT_SYMLINK_FOLLOW) && links("two") == 2);
    CHECK(!unlink("sym") && !unlink("three") && !unlink("four"));
    fd = open("two", O_RDONLY);
    CHECK(!unlink("two") && !fstat(fd, &st) && st.st_nlink == 0 && !close(fd));

    CHECK(!mkdir("a", 0755) && links("a") == 2 && !mkdir("a/b", 0755) && links("a") == 3 && !make("a/c", ""));
    CHECK(links("a") == 3 && !rename("a/b", "b") && links("a") == 2 && !rmdir("b") && !unlink("a/c") && !rmdir("a"));
}

static void check_renames(void)
{
    CHECK(!make("x", "x") && !make("y", "y") && !mkdir("d", 0755) && !mkdir("d/e", 0755) && !make("d/e/f", "f"));
    CHECK(rename2("x", "y", RENAME_NOREPLACE) == -1 && errno == EEXIST && holds("y", "y"));
    CHECK(!rename2("x", "z", RENAME_NOREPLACE) && holds("z", "x"));
    CHECK(rename2("z", "none", RENAME_EXCHANGE) == -1 && errno == ENOENT);
    CHECK(rename2("z", "y", RENAME_EXCHANGE | RENAME_NOREPLACE) == -1 && errno == EINVAL);
    CHECK(!rename2("z", "y", RENAME_EXCHANGE) && holds("z", "y") && holds("y", "x"));
    CHECK(!rename2("y", "d/e", RENAME_EXCHANGE) && holds("d/e", "x") && holds("y/f", "f") && links("d") == 2);
    CHECK(!rename2("y", "d/e", RENAME_EXCHANGE) && holds("y", "x") && holds("d/e/f", "f") && links("d") == 3);
    CHECK(rename2("d", "d/e", RENAME_EXCHANGE) == -1 && errno == EINVAL);
    FAILS(rename("d", "d/e/g"), EINVAL);
    FAILS(rename("d/e", "d"), ENOTEMPTY);
    FAILS(rename("d/e/f", "d"), ENOTEMPTY);
    FAILS(rename("y", "d"), EISDIR);
    FAILS(rename("d", "y"), ENOTDIR);
    CHECK(!mkdir("empty", 0755) && !rename("d", "empty") && holds("empty/e/f", "f"));
    CHECK(!rename("y", "z") && holds("z", "x") && access("y", F_OK) == -1);
    CHECK(!unlink("z") && !unlink("empty/e/f") && !rmdir("empty/e") && !rmdir("empty"));
}

static void check_many(void)
{
    struct dirent *entry;
    char name[20];
    DIR *folder;
    int made = 0, seen = 0, found = 0;

    CHECK(!mkdir("many", 0755) && !chdir("many"));
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof(name), "f%d", i);
        made += !make(name, "");
    }
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof(name), "f%d", i);
        found += !access(name, F_OK);
    }
    CHECK(made == 3000 && found == 3000 && access("f3000", F_OK) == -1);
    folder = opendir(".");
    while ((entry = readdir(folder)))
        seen += entry->d_name[0] == 'f' && entry->d_type == DT_REG;
    rewinddir(folder);
    CHECK(seen == 3000);
    while ((entry = readdir(folder)))
        if (entry->d_name[0] == 'f')
            made -= !unlink(entry->d_name);
    CHECK(!made && !closedir(folder) && !chdir("..") && !rmdir("many"));
}

static void check_times(void)
{
    const struct timespec times[2] = { { 1000, 1 }, { 7000, 123456789 } }, early[2] = { { -5, 400 }, { 0, UTIME_OMIT } };
    const struct timespec wrong[2] = { { 0, 0 }, { 0, 1000000000 } };
    struct stat st, before;
    int fd = open("timed", O_CREAT | O_RDWR, 0600);

    CHECK(!futimens(fd, times) && !fstat(fd, &st) && st.st_mtim.tv_sec == 7000 && st.st_mtim.tv_nsec == 123456789);
    CHECK(st.st_atim.tv_sec == 1000 && st.st_atim.tv_nsec == 1 && st.st_ctim.tv_sec > 7000);
    CHECK(!utimensat(AT_FDCWD, "timed", early, 0) && !fstat(fd, &st) && st.st_mtim.tv_sec == 7000);
    CHECK(st.st_atim.tv_sec == -5 && st.st_atim.tv_nsec == 400);
    FAILS(futimens(fd, wrong), EINVAL);
    CHECK(write(fd, "x", 1) == 1 && !fstat(fd, &before) && before.st_mtim.tv_sec > 7000);
    usleep(30000);
    CHECK(write(fd, "x", 1) == 1 && !fstat(fd, &st) && (st.st_mtim.tv_sec > before.st_mtim.tv_sec || st.st_mtim.tv_nsec > before.st_mtim.tv_nsec));
    CHECK(!fchown(fd, 12, 34) && !fstat(fd, &st) && st.st_uid == 12 && st.st_gid == 34);
    CHECK(!chown("timed", -1, 0) && !stat("timed", &st) && st.st_uid == 12 && st.st_gid == 0);
    CHECK(!close(fd) && !unlink("timed"));
}

static void check_without_names(void)
{
    char path[30];
    struct stat st;
    int fd = open("/tmp/names", O_TMPFILE | O_RDWR, 0600), at;

    CHECK(fd >= 0 && write(fd, "hidden", 6) == 6 && !fstat(fd, &st) && st.st_nlink == 0);
    CHECK(!linkat(fd, "", AT_FDCWD, "shown", AT_EMPTY_PATH) && holds("shown", "hidden") && links("shown") == 1 && !unlink("shown"));
    CHECK(!close(fd));
    at = open("/tmp/names", O_PATH);
    fd = openat(at, "f", O_CREAT | O_RDWR, 0600);
    CHECK(at >= 0 && fd >= 0 && read(at, path, 1) == -1 && errno == EBADF && !fstat(at, &st) && S_ISDIR(st.st_mode));
    CHECK(!unlinkat(at, "f", 0) && !close(at) && !close(fd));
}

int main(void)
{
    CHECK(!mkdir("/tmp/names", 0755) && !chdir("/tmp/names"));
    check_lengths();
    check_ends();
    check_removed();
    check_links();
    check_renames();
    check_many();
    check_times();
    check_without_names();
    CHECK(!chdir("/") && !rmdir("/tmp/names"));
    return failures;
}
