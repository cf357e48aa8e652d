/* The file tree: making, finding, renaming and removing, the working folder, walks, and links' ends. */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <unistd.h>

static char folder[] = "/tmp/files.XXXXXX";

static bool put(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    return file && fputs(text, file) >= 0 && !fclose(file);
}

static int visited;

static int visit(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)at;
    visited++;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static void names(void)
{
    struct stat st, other;
    char path[PATH_MAX], *absolute;

    CHECK(mkdtemp(folder) && !chdir(folder) && getcwd(path, sizeof path) && !strcmp(path, folder));
    CHECK(put("one", "1") && put("two", "22") && !access("one", R_OK | W_OK));
    CHECK(!stat("two", &st) && S_ISREG(st.st_mode) && st.st_size == 2 && st.st_nlink == 1);
    snprintf(path, sizeof path, "%s/./../%s/two", folder, folder + 5);
    CHECK(!stat(path, &other) && other.st_ino == st.st_ino && other.st_dev == st.st_dev);
    CHECK((absolute = realpath("two", NULL)) && !strncmp(absolute, folder, strlen(folder)));
    free(absolute);
    CHECK(!mkdir("deep", 0755) && mkdir("deep", 0755) == -1 && errno == EEXIST);
    CHECK(!mkdir("deep/er", 0755) && put("deep/er/file", "x") && rmdir("deep") == -1 && errno == ENOTEMPTY);
    CHECK(!rename("one", "deep/uno") && access("one", F_OK) == -1 && errno == ENOENT);
    CHECK(!rename("deep/uno", "two") && !stat("two", &st) && st.st_size == 1);
    CHECK(rename("deep", "deep/er/self") == -1 && errno == EINVAL);
    CHECK(open("two/x", O_RDONLY) == -1 && errno == ENOTDIR);
    CHECK(open("deep", O_WRONLY) == -1 && errno == EISDIR && unlink("deep") == -1);
    CHECK(!chdir("deep/er") && !access("file", F_OK) && !access("../../two", F_OK) && !chdir("../.."));
    CHECK(chdir("two") == -1 && errno == ENOTDIR && chdir("none") == -1 && errno == ENOENT);
    memset(path, 'x', 300);
    path[300] = 0;
    CHECK(open(path, O_CREAT | O_WRONLY, 0600) == -1 && errno == ENAMETOOLONG);
    CHECK(open("", O_RDONLY) == -1 && errno == ENOENT);
}

static void relative_to(void)
{
    int at = open("deep", O_RDONLY | O_DIRECTORY), file = -1;
    struct stat st;

    CHECK(at >= 0 && (file = openat(at, "er/new", O_CREAT | O_EXCL | O_RDWR, 0640)) >= 0);
    CHECK(write(file, "0123456789", 10) == 10 && !ftruncate(file, 4) && lseek(file, 0, SEEK_END) == 4);
    CHECK(pwrite(file, "x", 1, 8) == 1 && !fstat(file, &st) && st.st_size == 9);
    CHECK(!fstatat(at, "er", &st, 0) && S_ISDIR(st.st_mode) && !renameat(at, "er/new", at, "new"));
    CHECK(!unlinkat(at, "new", 0) && !fstat(file, &st) && pread(file, &(char){ 0 }, 1, 0) == 1);
    CHECK(!close(file) && !faccessat(at, "er/file", R_OK, 0) && !fchdir(at) && !access("er", X_OK));
    CHECK(!close(at) && !chdir(folder));
    CHECK(!truncate("two", 5) && !stat("two", &st) && st.st_size == 5);
}

static void folders(void)
{
    char name[16];
    unsigned char seen[100] = { 0 };
    bool good = true;
    int count = 0;
    struct dirent *entry, **list;

    CHECK(!mkdir("many", 0755) && !chdir("many"));
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "n%d", i);
        good &= put(name, "");
    }
    DIR *open_folder = opendir(".");
    while ((entry = readdir(open_folder))) {
        count++;
        if (entry->d_name[0] == 'n')
            seen[atoi(entry->d_name + 1)]++;
    }
    for (int i = 0; i < 100; i++)
        good &= seen[i] == 1;
    CHECK(good && count == 102);
    rewinddir(open_folder);
    CHECK(readdir(open_folder) != NULL && !closedir(open_folder));
    CHECK(scandir(".", &list, NULL, alphasort) == 102 && !strcmp(list[0]->d_name, ".") && !strcmp(list[101]->d_name, "n99"));
    glob_t found;
    CHECK(!glob("n9*", 0, NULL, &found) && found.gl_pathc == 11 && !strcmp(found.gl_pathv[1], "n90"));
    globfree(&found);
    CHECK(!chdir("/") && !nftw(folder, visit, 8, FTW_DEPTH | FTW_PHYS) && visited == 100 + 6);
    CHECK(access(folder, F_OK) == -1 && opendir(folder) == NULL && errno == ENOENT);
}

static void attributes(void)
{
    char name[] = "/tmp/attributes.XXXXXX";
    struct stat st;
    int fd = mkstemp(name);
    mode_t mask = umask(027);

    CHECK(umask(mask) == 027);
    CHECK(!fstat(fd, &st) && (st.st_mode & 07777) == 0600);
    CHECK(!fchmod(fd, 0751) && !stat(name, &st) && (st.st_mode & 07777) == 0751);
    CHECK(!chmod(name, 0444) && !stat(name, &st) && (st.st_mode & 07777) == 0444);
    struct timespec times[2] = { { 1000, 0 }, { 2000, 500 } };
    CHECK(!futimens(fd, times) && !fstat(fd, &st) && st.st_mtime == 2000);
    CHECK(!close(fd) && !unlink(name));
}

static void links(void)
{
    char target[16] = "", name[] = "/tmp/links.XXXXXX";
    struct stat st;

    CHECK(mkdtemp(name) && !chdir(name) && put("file", "contents"));
    CHECK(!symlink("file", "link") && readlink("link", target, sizeof target) == 4 && !strcmp(target, "file"));
    CHECK(!lstat("link", &st) && S_ISLNK(st.st_mode) && !stat("link", &st) && st.st_size == 8);
    CHECK(!symlink("nowhere", "lost") && access("lost", F_OK) == -1 && errno == ENOENT);
    CHECK(!symlink("round", "round") && open("round", O_RDONLY) == -1 && errno == ELOOP);
    CHECK(open("link", O_RDONLY | O_NOFOLLOW) == -1 && errno == ELOOP);
    CHECK(!unlink("link") && !access("file", F_OK) && !chdir("/"));
}

int main(void)
{
    names();
    relative_to();
    folders();
    attributes();
    links();
    return summary();
}
