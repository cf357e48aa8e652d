/*
 * Shows the writable part of the tree: files that grow, shrink, have holes and
 * are renamed or removed while they are open, and folders.
 */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static int count(const char *path)
{
    DIR *folder = opendir(path);
    int entries = 0;

    while (folder && readdir(folder))
        entries++;
    if (folder)
        closedir(folder);
    return entries;
}

static void check_contents(void)
{
    char name[] = "/tmp/test.XXXXXX", block[5000], back[5000];
    int fd = mkstemp(name), good = 1;
    struct stat st;

    CHECK(fd >= 0);
    for (int i = 0; i < 200; i++) {
        memset(block, i, sizeof(block));
        good &= write(fd, block, sizeof(block)) == sizeof(block);
    }
    CHECK(good && !fstat(fd, &st) && st.st_size == 1000000 && S_ISREG(st.st_mode));
    for (int i = 0; i < 200; i += 7) {
        memset(block, i, sizeof(block));
        good &= pread(fd, back, sizeof(back), i * 5000) == 5000 && !memcmp(back, block, 5000);
    }
    CHECK(good);
    CHECK(pwrite(fd, "far", 3, 3000000) == 3 && lseek(fd, 0, SEEK_END) == 3000003);
    CHECK(pread(fd, back, 3, 2000000) == 3 && !back[0] && !back[2]);
    CHECK(!ftruncate(fd, 10) && !ftruncate(fd, 20) && pread(fd, back, 50, 0) == 20);
    CHECK(back[9] == 0 && back[10] == 0);
    CHECK(!unlink(name) && stat(name, &st) == -1 && errno == ENOENT);
    CHECK(pwrite(fd, "still", 5, 0) == 5 && pread(fd, back, 5, 0) == 5 && !memcmp(back, "still", 5));
    CHECK(!close(fd));
}

int main(void)
{
    struct sysinfo before, after;
    struct stat st;
    char line[20] = "";
    FILE *file;
    int fd;

    sysinfo(&before);
    check_contents();
    sysinfo(&after);
    CHECK(before.freeram - after.freeram < 16);

    CHECK(!mkdir("/tmp/a", 0755) && !mkdir("/tmp/a/b", 0700) && mkdir("/tmp/a", 0755) == -1 && errno == EEXIST);
    CHECK(count("/tmp/a") == 3 && count("/tmp") == 3);
    file = fopen("/tmp/a/b/one", "w");
    CHECK(file && fprintf(file, "first\n") == 6 && !fclose(file));
    file = fopen("/tmp/a/b/one", "a");
    CHECK(file && fprintf(file, "second\n") == 7 && !fclose(file));
    CHECK(!stat("/tmp/a/../a/b/./one", &st) && st.st_size == 13);
    CHECK(!rename("/tmp/a/b/one", "/run/two") && stat("/tmp/a/b/one", &st) == -1);
    file = fopen("/run/two", "r");
    CHECK(file && fgets(line, sizeof(line), file) && !strcmp(line, "first\n"));
    CHECK(fgets(line, sizeof(line), file) && !strcmp(line, "second\n") && !fclose(file));
    CHECK(rmdir("/tmp/a") == -1 && errno == ENOTEMPTY);
    CHECK(rename("/tmp/a", "/tmp/a/b/c") == -1 && errno == EINVAL);
    CHECK(!rmdir("/tmp/a/b") && !rmdir("/tmp/a") && count("/tmp") == 2);
    CHECK(unlink("/tmp") == -1 && open("/tmp/none/x", O_CREAT | O_RDWR, 0600) == -1 && errno == ENOENT);
    CHECK(open("/run/two", O_CREAT | O_EXCL | O_RDWR, 0600) == -1 && errno == EEXIST);
    fd = open("/var/tmp/x", O_CREAT | O_RDWR | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && !unlink("/var/tmp/x"));
    fd = open("/tmp", O_RDONLY | O_DIRECTORY);
    CHECK(openat(fd, "relative", O_CREAT | O_WRONLY, 0600) >= 0 && !access("/tmp/relative", R_OK | W_OK));
    CHECK((file = tmpfile()) != NULL && fputs("x", file) >= 0);
    return failures;
}
