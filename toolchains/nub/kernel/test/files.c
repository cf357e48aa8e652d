/*
 * Shows the file tree. Pack this one with it:
 *   etc/motd ("welcome\n"), etc/greeting -> motd, data/big (100,000 bytes,
 *   each its offset modulo 251), data/up -> ../etc, empty/ (a folder)
 */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "r");
    int good = file && fgets(line, size, file);

    if (file)
        fclose(file);
    return good;
}

static void check_big(void)
{
    static unsigned char buffer[100000];
    int fd = open("/data/big", O_RDONLY), other, good = 1;
    struct iovec parts[2] = { { buffer, 10 }, { buffer + 10, 90000 } };
    unsigned char *mapped;
    struct stat st;

    CHECK(fd >= 3);
    CHECK(readv(fd, parts, 2) == 90010);
    CHECK(read(fd, buffer + 90010, 20000) == 9990);
    CHECK(read(fd, buffer, 1) == 0);
    for (int i = 0; i < 100000; i++)
        good &= buffer[i] == i % 251;
    CHECK(good);
    CHECK(pread(fd, buffer, 4, 251 * 4 + 1) == 4 && buffer[0] == 1 && buffer[3] == 4);
    CHECK(lseek(fd, -3, SEEK_END) == 99997 && read(fd, buffer, 10) == 3);
    CHECK(lseek(fd, 0, SEEK_CUR) == 100000);
    CHECK(!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size == 100000);
    other = dup(fd);
    CHECK(other > fd && !lseek(other, 0, SEEK_SET) && lseek(fd, 0, SEEK_CUR) == 0);
    CHECK(fcntl(other, F_GETFD) == 0 && !fcntl(other, F_SETFD, 1) && fcntl(other, F_GETFD) == 1);
    CHECK(dup2(fd, 77) == 77 && !close(77) && close(77) == -1 && errno == EBADF);
    CHECK(write(fd, "x", 1) == -1 && errno == EBADF);
    mapped = mmap(NULL, 100000, PROT_READ, MAP_PRIVATE, fd, 4096);
    CHECK(mapped != MAP_FAILED && mapped[0] == 4096 % 251);
    CHECK(!close(fd) && !close(other));
}

static void check_folder(const char *path, int expected)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int count = 0;

    CHECK(folder != NULL);
    while (folder && (entry = readdir(folder))) {
        printf("  %s/%s (type %d)\n", path, entry->d_name, entry->d_type);
        count++;
    }
    CHECK(count == expected);
    if (folder)
        closedir(folder);
}

/* What a program makes beside packed files is in memory, and in the same folder. */
static void check_made(void)
{
    char buffer[20];
    int fd = open("/etc/new", O_WRONLY | O_CREAT | O_EXCL, 0600);

    CHECK(fd >= 0 && write(fd, "new", 3) == 3 && !close(fd));
    CHECK(!mkdir("/empty/folder", 0755) && !symlink("../../etc/new", "/empty/folder/link"));
    fd = open("/empty/folder/link", O_RDONLY);
    CHECK(fd >= 0 && read(fd, buffer, sizeof(buffer)) == 3 && !close(fd));
    check_folder("/etc", 5);
    check_folder("/empty", 3);
    CHECK(!rename("/etc/new", "/data/moved") && !access("/data/moved", R_OK) && access("/etc/new", F_OK) == -1);
    CHECK(!unlink("/data/moved") && !unlink("/empty/folder/link") && !rmdir("/empty/folder"));
    check_folder("/data", 4);
}

/* Packed files are removed, renamed and replaced as all others, until the next boot. */
static void check_removed(void)
{
    char line[100];
    struct stat st;
    int fd = open("/etc/motd", O_RDONLY), other;

    CHECK(!unlink("/etc/motd") && access("/etc/motd", F_OK) == -1 && errno == ENOENT);
    CHECK(access("/etc/greeting", F_OK) == -1 && !lstat("/etc/greeting", &st));
    CHECK(read(fd, line, sizeof(line)) == 8 && !memcmp(line, "welcome\n", 8) && !fstat(fd, &st) && !st.st_nlink && !close(fd));
    fd = open("/etc/motd", O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0 && write(fd, "again\n", 6) == 6 && !close(fd));
    CHECK(read_line("/etc/greeting", line, sizeof(line)) && !strcmp(line, "again\n"));
    CHECK(rmdir("/etc") == -1 && errno == ENOTEMPTY && !rmdir("/empty") && stat("/empty", &st) == -1);
    CHECK(!rename("/etc", "/other") && read_line("/other/motd", line, sizeof(line)) && read_line("/data/../other/greeting", line, sizeof(line)));
    fd = open("/other/new", O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0 && !rename("/other/new", "/data/big") && !stat("/data/big", &st) && !st.st_size && !close(fd));
    other = open("/data/big", O_RDONLY);
    CHECK(other >= 0 && !unlink("/data/big") && !link("/other/motd", "/data/big") && !close(other));
    CHECK(!stat("/data/big", &st) && st.st_nlink == 2 && st.st_size == 6);
}

int main(void)
{
    char line[100], buffer[PATH_MAX];
    unsigned char random[16] = { 0 };
    struct stat st;
    int fd;

    CHECK(read_line("/etc/motd", line, sizeof(line)) && !strcmp(line, "welcome\n"));
    CHECK(read_line("etc/greeting", line, sizeof(line)) && !strcmp(line, "welcome\n"));
    CHECK(read_line("/data/up/../etc/./motd", line, sizeof(line)));
    CHECK(readlink("/data/up", buffer, sizeof(buffer)) == 6 && !memcmp(buffer, "../etc", 6));
    CHECK(!lstat("/etc/greeting", &st) && S_ISLNK(st.st_mode));
    CHECK(!stat("/etc/greeting", &st) && S_ISREG(st.st_mode) && st.st_size == 8);
    CHECK(!stat("/", &st) && S_ISDIR(st.st_mode));
    CHECK(realpath("/data/up/greeting", buffer) && !strcmp(buffer, "/etc/motd"));
    CHECK(getcwd(buffer, sizeof(buffer)) && !strcmp(buffer, "/"));
    check_big();
    check_folder("/etc", 4);
    check_folder("/empty", 2);
    check_folder("/", 10); /* and those in memory: tmp, run, dev, var, proc */

    CHECK(open("/nothing", O_RDONLY) == -1 && errno == ENOENT);
    CHECK(open("/etc/motd/x", O_RDONLY) == -1 && errno == ENOTDIR);
    CHECK(open(NULL, O_RDONLY) == -1 && errno == EFAULT);
    CHECK(access("/etc/motd", X_OK) == -1 && errno == EACCES && !access("/etc", X_OK));
    CHECK(access("/etc/motd", R_OK) == 0 && access("/etc/none", F_OK) == -1);
    check_made();
    fd = open("/etc", O_RDONLY | O_DIRECTORY);
    CHECK(fd >= 0 && openat(fd, "motd", O_RDONLY) >= 0);
    CHECK(read(fd, buffer, 1) == -1 && errno == EISDIR);

    /* Packed files change in memory. */
    fd = open("/data/big", O_RDWR);
    CHECK(fd >= 0 && pwrite(fd, "XY", 2, 8191) == 2);
    CHECK(pread(fd, buffer, 4, 8190) == 4 && buffer[0] == (char)(8190 % 251));
    CHECK(buffer[1] == 'X' && buffer[2] == 'Y' && buffer[3] == (char)(8193 % 251));
    CHECK(!fstat(fd, &st) && st.st_size == 100000 && !ftruncate(fd, 99000) && !close(fd));
    fd = open("/data/big", O_RDONLY);
    CHECK(lseek(fd, 0, SEEK_END) == 99000 && pread(fd, buffer, 2, 8192) == 2 && buffer[0] == 'Y');

    fd = open("/dev/zero", O_RDWR);
    CHECK(read(fd, random, 16) == 16 && random[5] == 0);
    fd = open("/dev/urandom", O_RDONLY);
    CHECK(read(fd, random, 16) == 16 && (random[0] | random[7] | random[9] | random[15]));
    fd = open("/dev/null", O_RDWR);
    CHECK(write(fd, "gone", 4) == 4 && read(fd, buffer, 4) == 0);
    CHECK(!fstat(fd, &st) && S_ISCHR(st.st_mode));
    check_removed();
    return failures;
}
