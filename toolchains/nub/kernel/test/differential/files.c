/* Contents of files: sizes, holes, offsets, times, and what is counted as their space. */
#define _GNU_SOURCE
#include "record.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int make(const char *name)
{
    return open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
}

static void large(void)
{
    struct stat status = {0};
    char byte = 'x';
    int fd = make("a");
    CALL(ftruncate(fd, 3LL << 30));
    CALL(fstat(fd, &status));
    VALUE(status.st_size);
    CALL(pwrite(fd, &byte, 1, 5LL << 30));
    CALL(lseek(fd, 0, SEEK_END));
    CALL(pread(fd, &byte, 1, 4LL << 30));
    VALUE(byte);
    CALL(lseek(fd, 1LL << 40, SEEK_SET));
    CALL(read(fd, &byte, 1));
    CALL(ftruncate(fd, -1));
    CALL(pread(fd, &byte, 1, -1));
    CALL(lseek(fd, -1, SEEK_SET));
}

static void holes(void)
{
    int fd = make("a");
    CALL(ftruncate(fd, 65536));
    CALL(pwrite(fd, "x", 1, 8192));
    CALL(lseek(fd, 0, SEEK_DATA));
    CALL(lseek(fd, 8192, SEEK_HOLE));
    CALL(lseek(fd, 20000, SEEK_DATA));
    CALL(lseek(fd, 20000, SEEK_HOLE));
    CALL(lseek(fd, 65536, SEEK_HOLE));
    CALL(lseek(fd, 0, 77));
}

static void allocated(void)
{
    struct stat status = {0};
    char byte = 1;
    int fd = make("a");
    CALL(fallocate(fd, 0, 0, 10000));
    CALL(fstat(fd, &status));
    VALUE(status.st_size);
    CALL(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 20000));
    CALL(pwrite(fd, "abc", 3, 4999));
    CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
    CALL(pread(fd, &byte, 1, 5000));
    VALUE(byte);
    CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
    CALL(fallocate(fd, 0, 0, 0));
    CALL(fallocate(fd, 0, -1, 10));
    FAILS(posix_fallocate(fd, 0, 30000));
    CALL(fstat(fd, &status));
    VALUE(status.st_size);
    CALL(fallocate(open("a", O_RDONLY), 0, 0, 10));
    FAILS(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    FAILS(posix_fadvise(fd, 0, 0, 77));
}

static void appended(void)
{
    int fd = open("a", O_RDWR | O_CREAT | O_APPEND, 0600), other = make("a");
    CALL(write(other, "12345", 5));
    CALL(write(fd, "678", 3));
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(write(fd, "9", 1));
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(pwrite(fd, "x", 1, 0));
    CALL(lseek(fd, 0, SEEK_END));
    CALL(fcntl(fd, F_SETFL, 0));
    CALL(pwrite(fd, "x", 1, 0));
    CALL(lseek(fd, 0, SEEK_END));
}

static void shared_offsets(void)
{
    int fd = make("a"), copy = dup(fd), other = open("a", O_RDONLY);
    char byte = 0;
    CALL(write(fd, "abc", 3));
    CALL(lseek(copy, 0, SEEK_CUR));
    CALL(lseek(other, 0, SEEK_CUR));
    CALL(lseek(copy, 1, SEEK_SET));
    CALL(read(fd, &byte, 1));
    VALUE(byte);
    CALL(fcntl(copy, F_SETFL, O_APPEND));
    CALL(fcntl(fd, F_GETFL) & O_APPEND);
    CALL(fcntl(copy, F_SETFD, FD_CLOEXEC));
    CALL(fcntl(fd, F_GETFD));
}

static void wrong_modes(void)
{
    char byte;
    int reader = open("a", O_RDONLY | O_CREAT, 0600), writer = open("a", O_WRONLY);
    int folder = open(".", O_RDONLY), path = open("a", O_PATH);
    struct stat status = {0};
    CALL(write(reader, "x", 1));
    CALL(read(writer, &byte, 1));
    CALL(ftruncate(reader, 0));
    CALL(read(folder, &byte, 1));
    CALL(write(folder, &byte, 1));
    CALL(ftruncate(folder, 0));
    CALL(open(".", O_RDWR));
    CALL(open(".", O_RDONLY | O_CREAT, 0600));
    CALL(open("a", O_RDONLY | O_DIRECTORY));
    CALL(read(path, &byte, 1));
    CALL(fstat(path, &status));
    CALL(fchmod(path, 0600));
    CALL(fcntl(path, F_GETFL) & O_PATH);
    CALL(open("a", O_RDWR | O_CREAT | O_EXCL, 0600));
    CALL(truncate(".", 0));
    CALL(truncate("missing", 0));
    CALL(ioctl(reader, 0x1234, 0));
    CALL(ioctl(reader, TIOCGWINSZ, &byte));
}

static void times(void)
{
    struct stat status = {0}, later = {0};
    struct timespec set[2] = {{1000, 5}, {2000000000, 123456789}};
    struct timespec only[2] = {{7, UTIME_OMIT}, {8, 999999999}}, odd[2] = {{0, 1000000000}, {0, 0}};
    int fd = make("a");
    CALL(utimensat(AT_FDCWD, "a", set, 0));
    CALL(stat("a", &status));
    VALUE(status.st_mtim.tv_sec);
    VALUE(status.st_mtim.tv_nsec);
    VALUE(status.st_atim.tv_nsec);
    CALL(futimens(fd, only));
    CALL(fstat(fd, &status));
    VALUE(status.st_atim.tv_sec);
    VALUE(status.st_mtim.tv_nsec);
    CALL(futimens(fd, odd));
    CALL(utimensat(AT_FDCWD, "missing", NULL, 0));
    CALL(write(fd, "x", 1));
    CALL(fstat(fd, &status));
    VALUE(status.st_mtim.tv_sec > 1000000000);
    usleep(20 * 1000);
    CALL(write(fd, "x", 1));
    CALL(fstat(fd, &later));
    VALUE(later.st_mtim.tv_sec > status.st_mtim.tv_sec ||
          later.st_mtim.tv_nsec > status.st_mtim.tv_nsec);
    VALUE(later.st_ctim.tv_sec == later.st_mtim.tv_sec);
    CALL(chmod("a", 0600));
    CALL(symlink("a", "l"));
    CALL(utimensat(AT_FDCWD, "l", set, AT_SYMLINK_NOFOLLOW));
    CALL(lstat("l", &status));
    VALUE(status.st_mtim.tv_sec);
}

static void modes(void)
{
    struct stat status = {0};
    CALL(umask(027));
    int fd = CALL(open("a", O_RDWR | O_CREAT, 0666));
    CALL(fstat(fd, &status));
    record("mode", "%o", status.st_mode);
    CALL(mkdir("d", 0777));
    CALL(stat("d", &status));
    record("mode", "%o", status.st_mode);
    CALL(fchmod(fd, 07777));
    CALL(fstat(fd, &status));
    record("mode", "%o", status.st_mode);
    CALL(chown("a", 0, 0));
    CALL(fchown(fd, 0, -1));
    CALL(lchown("missing", 0, 0));
    CALL(fstat(fd, &status));
    VALUE(status.st_uid);
    VALUE(status.st_blksize);
    CALL(umask(022));
    CALL(fchmodat(AT_FDCWD, "a", 0600, 77));
}

static void links(void)
{
    struct stat status = {0}, other = {0};
    int fd = make("a");
    CALL(write(fd, "abc", 3));
    CALL(link("a", "b"));
    CALL(stat("b", &status));
    CALL(fstat(fd, &other));
    VALUE(status.st_nlink);
    VALUE(status.st_ino == other.st_ino);
    CALL(link("a", "b"));
    CALL(unlink("a"));
    CALL(fstat(fd, &status));
    VALUE(status.st_nlink);
    CALL(mkdir("d", 0755));
    CALL(link("d", "e"));
    CALL(link("missing", "e"));
    CALL(symlink("b", "l"));
    CALL(link("l", "m"));
    CALL(lstat("m", &status));
    VALUE(S_ISLNK(status.st_mode));
    CALL(linkat(AT_FDCWD, "l", AT_FDCWD, "n", AT_SYMLINK_FOLLOW));
    CALL(lstat("n", &status));
    VALUE(S_ISREG(status.st_mode));
    CALL(stat("d", &status));
    VALUE(status.st_nlink);
}

static void folders_are_read(void)
{
    char buffer[1000];
    struct dirent *entry;
    int count = 0, again = 0;
    for (int i = 0; i < 200; i++) {
        snprintf(buffer, sizeof buffer, "file-%d", i);
        close(make(buffer));
    }
    DIR *folder = opendir(".");
    while ((entry = readdir(folder)) != NULL)
        count++;
    VALUE(count);
    rewinddir(folder);
    /* Each is removed once it has been seen: none is missed for that. */
    while ((entry = readdir(folder)) != NULL)
        again += entry->d_name[0] == '.' ? 0 : unlink(entry->d_name) == 0;
    VALUE(again);
    rewinddir(folder);
    for (count = 0; readdir(folder) != NULL;)
        count++;
    VALUE(count);
    CALL(closedir(folder));
    int fd = open(".", O_RDONLY), file = make("a");
    CALL(syscall(SYS_getdents64, fd, buffer, 10));
    CALL(syscall(SYS_getdents64, file, buffer, sizeof buffer));
    CALL(syscall(SYS_getdents64, 99, buffer, sizeof buffer));
}

static void file_systems(void)
{
    struct statfs status = {0};
    struct statvfs other = {0};
    int fd = make("a");
    CALL(statfs("/tmp", &status));
    VALUE(status.f_bsize);
    VALUE(status.f_namelen);
    VALUE(status.f_blocks > 0);
    VALUE(status.f_bfree > 0 && status.f_bfree <= status.f_blocks);
    CALL(fstatfs(fd, &status));
    VALUE(status.f_bsize);
    CALL(statvfs(".", &other));
    VALUE(other.f_frsize);
    CALL(statfs("missing", &status));
    CALL(fstatfs(99, &status));
    CALL(syncfs(fd));
}

static void copied(void)
{
    char bytes[10] = "";
    int from = make("a"), to = make("b"), ends[2];
    off_t offset = 2;
    CALL(pipe2(ends, O_NONBLOCK));
    CALL(write(from, "0123456789", 10));
    CALL(sendfile(to, from, &offset, 5));
    VALUE(offset);
    CALL(lseek(from, 0, SEEK_CUR));
    CALL(pread(to, bytes, 9, 0));
    TEXT(bytes);
    CALL(sendfile(to, from, NULL, 5));
    CALL(lseek(from, 4, SEEK_SET));
    CALL(sendfile(ends[1], from, NULL, 100));
    CALL(read(ends[0], bytes, 9));
    CALL(sendfile(to, ends[0], NULL, 5));
    CALL(syscall(SYS_copy_file_range, from, NULL, to, NULL, 5, 0));
    CALL(lseek(from, 0, SEEK_SET));
    CALL(syscall(SYS_copy_file_range, from, NULL, to, NULL, 5, 0));
    CALL(syscall(SYS_copy_file_range, from, NULL, to, NULL, 5, 77));
    CALL(syscall(SYS_copy_file_range, ends[0], NULL, to, NULL, 5, 0));
    CALL(lseek(to, 0, SEEK_END));
}

static void vectors(void)
{
    char a[3] = "ab", b[4] = "cde";
    struct iovec parts[3] = {{a, 2}, {NULL, 0}, {b, 3}};
    int fd = make("a");
    CALL(writev(fd, parts, 3));
    CALL(preadv(fd, parts, 3, 1));
    record("parts", "%.2s %.3s", a, b);
    CALL(pwritev(fd, parts, 3, 10));
    CALL(lseek(fd, 0, SEEK_END));
    CALL(writev(fd, parts, 0));
    CALL(preadv(fd, parts, 3, -5));
    CALL(writev(99, parts, 3));
}

TOPIC(files, CASE(large), CASE(holes), CASE(allocated), CASE(appended), CASE(shared_offsets),
      CASE(wrong_modes), CASE(times), CASE(modes), CASE(links), CASE(folders_are_read),
      CASE(file_systems), CASE(copied), CASE(vectors));
