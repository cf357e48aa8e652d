/* Names: how long they may be, what they lead to, who may do what with them. */
#define _GNU_SOURCE
#include "record.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int touch(const char *name)
{
    int fd = open(name, O_RDWR | O_CREAT, 0644);
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : -1;
}

static void access_of_folders(void)
{
    CALL(mkdir("d", 0755));
    CALL(access("d", W_OK));
    CALL(access("d", R_OK | W_OK | X_OK));
    CALL(access("/tmp", W_OK));
    CALL(access("missing", F_OK));
    CALL(access("d", 8));
    CALL(access("", F_OK));
    CALL(faccessat(AT_FDCWD, "d", W_OK, AT_EACCESS));
}

static void access_of_files(void)
{
    CALL(touch("a"));
    CALL(access("a", R_OK | W_OK));
    CALL(access("a", X_OK));
    CALL(chmod("a", 0100));
    CALL(access("a", X_OK));
    CALL(chmod("a", 0));
    CALL(access("a", R_OK | W_OK));
    CALL(symlink("missing", "l"));
    CALL(access("l", F_OK));
    CALL(faccessat(AT_FDCWD, "l", F_OK, AT_SYMLINK_NOFOLLOW));
    CALL(access("a/b", F_OK));
}

static void long_names(void)
{
    char name[300];
    struct stat status = {0};
    memset(name, 'n', sizeof name);
    name[100] = '\0';
    CALL(touch(name));
    CALL(stat(name, &status));
    name[100] = 'n';
    name[255] = '\0';
    CALL(touch(name));
    CALL(mkdir(name, 0700));
    CALL(unlink(name));
    CALL(mkdir(name, 0700));
    CALL(rmdir(name));
    name[255] = 'n';
    name[256] = '\0';
    CALL(touch(name));
    CALL(stat(name, &status));
    CALL(symlink("x", name));
}

static void long_paths(void)
{
    static char path[5000];
    struct stat status = {0};
    CALL(touch("a"));
    memset(path, '/', sizeof path);
    for (int i = 0; i < 4090; i += 2)
        path[i] = '.';
    strcpy(path + 1500, "a");
    CALL(stat(path, &status));
    path[1501] = '/';
    path[1500] = '.';
    strcpy(path + 4094, "a");
    CALL(stat(path, &status));
    strcpy(path + 4094, "./a");
    CALL(stat(path, &status));
    CALL(touch(path));
    memset(path, 'x', 2000);
    path[2000] = '\0';
    CALL(symlink(path, "l"));
    CALL(readlink("l", path, sizeof path));
}

static void deep_folders(void)
{
    static char path[5000];
    int depth = 0;
    for (; depth < 20; depth++)
        if (mkdir("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
                  0755) != 0 ||
            chdir("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz")
                != 0)
            break;
    VALUE(depth);
    CALL(getcwd(path, sizeof path) != NULL);
    VALUE(strlen(path));
    CALL(access(path, F_OK));
    CALL(chdir("/tmp/differential"));
}

static void slash_at_the_end(void)
{
    struct stat status = {0};
    CALL(touch("a"));
    CALL(mkdir("d", 0755));
    CALL(symlink("d", "l"));
    CALL(symlink("a", "m"));
    CALL(open("a/", O_RDONLY));
    CALL(open("a/.", O_RDONLY));
    CALL(open("new/", O_RDWR | O_CREAT, 0600));
    CALL(open("d/", O_RDWR | O_CREAT, 0600));
    CALL(stat("a/", &status));
    CALL(stat("d/", &status));
    CALL(lstat("l/", &status));
    VALUE(S_ISDIR(status.st_mode));
    CALL(lstat("m/", &status));
    CALL(unlink("a/"));
    CALL(unlink("l/"));
    CALL(rmdir("l/"));
    CALL(mkdir("new/", 0755));
    CALL(rename("d/", "e/"));
    CALL(rename("a", "f/"));
    CALL(rename("a/", "f"));
    CALL(symlink("x", "s/"));
    CALL(link("a", "b/"));
}

static void empty_names(void)
{
    struct stat status = {0};
    int fd = open("a", O_RDWR | O_CREAT, 0644);
    CALL(stat("", &status));
    CALL(open("", O_RDONLY));
    CALL(fstatat(fd, "", &status, AT_EMPTY_PATH));
    VALUE(S_ISREG(status.st_mode));
    CALL(fstatat(AT_FDCWD, "", &status, AT_EMPTY_PATH));
    VALUE(S_ISDIR(status.st_mode));
    CALL(fstatat(fd, "", &status, 0));
    CALL(fstatat(AT_FDCWD, "", &status, 0));
    CALL(mkdir("", 0700));
    CALL(rmdir(""));
    CALL(unlink(""));
    CALL(rename("a", ""));
    CALL(symlink("", "l"));
    CALL(chdir(""));
}

static void removed_folder(void)
{
    char path[100];
    DIR *folder;
    CALL(mkdir("d", 0755));
    CALL(chdir("d"));
    CALL(rmdir("../d"));
    CALL(touch("a"));
    CALL(mkdir("e", 0755));
    CALL(symlink("x", "l"));
    CALL(access(".", F_OK));
    CALL(access("..", F_OK));
    errno = 0;
    record("getcwd", "%s", getcwd(path, sizeof path) ? path : error_name(errno));
    folder = opendir(".");
    VALUE(folder != NULL);
    if (folder) {
        VALUE(readdir(folder) == NULL);
        closedir(folder);
    }
    CALL(chdir(".."));
}

static void links_in_circles(void)
{
    struct stat status = {0};
    CALL(symlink("l", "l"));
    CALL(open("l", O_RDONLY));
    CALL(stat("l", &status));
    CALL(lstat("l", &status));
    CALL(open("l", O_RDONLY | O_NOFOLLOW));
    CALL(open("l", O_RDWR | O_CREAT, 0600));
    char from[10], to[10];
    touch("c0");
    for (int i = 0; i < 45; i++) {
        snprintf(from, sizeof from, "c%d", i);
        snprintf(to, sizeof to, "c%d", i + 1);
        if (symlink(from, to) != 0)
            record("symlink", "failed");
    }
    CALL(stat("c40", &status));
    CALL(stat("c41", &status));
    CALL(rename("l", "k"));
    CALL(unlink("k"));
}

static void creating_through_links(void)
{
    CALL(symlink("target", "l"));
    CALL(open("l", O_RDWR | O_CREAT | O_EXCL, 0600));
    CALL(mkdir("l", 0700));
    CALL(open("l", O_RDWR | O_CREAT, 0600));
    CALL(access("target", F_OK));
}

static void renaming(void)
{
    CALL(touch("a"));
    CALL(touch("b"));
    CALL(mkdir("d", 0755));
    CALL(mkdir("e", 0755));
    CALL(touch("e/x"));
    CALL(rename("a", "d"));
    CALL(rename("d", "a"));
    CALL(rename("d", "e"));
    CALL(rename("d", "d/f"));
    CALL(rename("e", "d"));
    CALL(rename("d", "e"));
    CALL(rename("a", "a"));
    CALL(rename("missing", "a"));
    CALL(link("a", "c"));
    CALL(rename("a", "c"));
    CALL(access("a", F_OK));
    CALL(rename(".", "x"));
    CALL(rename("d/..", "x"));
    CALL(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 1));
    CALL(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "e", 2));
    CALL(access("a/x", F_OK));
    CALL(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 3));
}

static void removing(void)
{
    CALL(mkdir("d", 0755));
    CALL(touch("d/a"));
    CALL(rmdir("d"));
    CALL(unlink("d"));
    CALL(rmdir("d/a"));
    CALL(rmdir("."));
    CALL(rmdir(".."));
    CALL(rmdir("d/."));
    CALL(unlink("d/."));
    CALL(unlinkat(AT_FDCWD, "d/a", 77));
    CALL(unlinkat(AT_FDCWD, "d/a", AT_REMOVEDIR));
    CALL(unlink("d/a"));
    CALL(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
    CALL(remove("d"));
}

static void relative_to_folders(void)
{
    struct stat status = {0};
    CALL(mkdir("d", 0755));
    CALL(touch("a"));
    int folder = open("d", O_RDONLY | O_DIRECTORY), file = open("a", O_RDONLY);
    CALL(openat(folder, "b", O_RDWR | O_CREAT, 0600));
    CALL(access("d/b", F_OK));
    CALL(openat(file, "b", O_RDONLY));
    CALL(openat(99, "b", O_RDONLY));
    CALL(openat(99, "/tmp", O_RDONLY));
    CALL(openat(folder, "../a", O_RDONLY));
    CALL(fstatat(folder, "b", &status, 77));
    CALL(renameat(folder, "b", AT_FDCWD, "c"));
    CALL(fchdir(file));
    CALL(fchdir(folder));
    CALL(access("../c", F_OK));
    CALL(open("../a", O_RDONLY | O_DIRECTORY));
}

TOPIC(paths, CASE(access_of_folders), CASE(access_of_files), CASE(long_names), CASE(long_paths),
      CASE(deep_folders), CASE(slash_at_the_end), CASE(empty_names), CASE(removed_folder),
      CASE(links_in_circles), CASE(creating_through_links), CASE(renaming), CASE(removing),
      CASE(relative_to_folders));
