/*
 * Shows the room that files take: holes, large files, fallocate, statfs; and
 * data that the kernel moves from file to file.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAILS(call, error) CHECK((call) == -1 && errno == (error))
#define GIB (1LL << 30)

#ifndef FALLOC_FL_ZERO_RANGE
#define FALLOC_FL_ZERO_RANGE 16
#endif

static int64_t size_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) ? -1 : st.st_size;
}

static int64_t blocks_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) ? -1 : st.st_blocks;
}

static void check_large(void)
{
    char buffer[10];
    int fd = open("large", O_CREAT | O_RDWR, 0600);

    CHECK(pwrite(fd, "end", 3, 5 * GIB) == 3 && size_of(fd) == 5 * GIB + 3 && blocks_of(fd) <= 64);
    CHECK(pwrite(fd, "mid", 3, 2 * GIB - 1) == 3 && pread(fd, buffer, 5, 2 * GIB - 2) == 5 && !memcmp(buffer, "\0mid", 5));
    CHECK(pread(fd, buffer, 10, 5 * GIB) == 3 && !memcmp(buffer, "end", 3));
    CHECK(!ftruncate(fd, 700 * GIB) && size_of(fd) == 700 * GIB && pread(fd, buffer, 2, 600 * GIB) == 2 && !buffer[0]);
    CHECK(lseek(fd, 0, SEEK_DATA) == 2 * GIB - 4096 && lseek(fd, 2 * GIB - 1, SEEK_HOLE) == 2 * GIB + 4096);
    CHECK(lseek(fd, 2 * GIB + 4096, SEEK_DATA) == 5 * GIB && lseek(fd, 5 * GIB, SEEK_HOLE) == 5 * GIB + 4096);
    FAILS(lseek(fd, 6 * GIB, SEEK_DATA), ENXIO);
    FAILS(lseek(fd, 700 * GIB, SEEK_HOLE), ENXIO);
    CHECK(lseek(fd, 6 * GIB, SEEK_HOLE) == 6 * GIB);
    FAILS(ftruncate(fd, -1), EINVAL);
    FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
    FAILS(lseek(fd, 0, 99), EINVAL);
    CHECK(!ftruncate(fd, 0) && blocks_of(fd) == 0 && !close(fd) && !unlink("large"));
}

static void check_allocation(void)
{
    char block[4096 * 4], zeroes[4096] = { 0 };
    int fd = open("space", O_CREAT | O_RDWR, 0600), reader = open("space", O_RDONLY), ends[2];

    memset(block, 'x', sizeof(block));
    CHECK(!fallocate(fd, 0, 0, 10000) && size_of(fd) == 10000 && blocks_of(fd) >= 20);
    CHECK(pread(fd, block, 4096, 4096) == 4096 && !memcmp(block, zeroes, 4096));
    CHECK(!fallocate(fd, FALLOC_FL_KEEP_SIZE, 10000, 10000) && size_of(fd) == 10000 && blocks_of(fd) >= 40);
    memset(block, 'x', sizeof(block));
    CHECK(pwrite(fd, block, sizeof(block), 0) == sizeof(block) && !ftruncate(fd, sizeof(block)));
    CHECK(!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 8192) && size_of(fd) == sizeof(block));
    CHECK(pread(fd, block, sizeof(block), 0) == sizeof(block) && block[99] == 'x' && !block[100] && block[8292] == 'x' && !block[8291]);
    CHECK(!memcmp(block + 4096, zeroes, 4096) && lseek(fd, 0, SEEK_HOLE) == 4096 && lseek(fd, 4096, SEEK_DATA) == 8192);
    CHECK(!fallocate(fd, FALLOC_FL_ZERO_RANGE, 12288, 8192) && size_of(fd) == 20480);
    CHECK(pread(fd, block, 4096, 12288) == 4096 && !memcmp(block, zeroes, 4096));
    FAILS(fallocate(fd, 0, 0, 0), EINVAL);
    FAILS(fallocate(fd, 0, -1, 5), EINVAL);
    FAILS(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 5), EOPNOTSUPP);
    FAILS(fallocate(reader, 0, 0, 5), EBADF);
    CHECK(!posix_fallocate(fd, 0, 30000) && size_of(fd) == 30000);
    CHECK(!posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL) && posix_fadvise(fd, 0, 0, 77) == EINVAL && posix_fadvise(999, 0, 0, 0) == EBADF);
    CHECK(!pipe(ends) && posix_fadvise(ends[0], 0, 0, 0) == ESPIPE);
    FAILS(fallocate(ends[1], 0, 0, 5), ESPIPE);
    FAILS(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
    close(ends[0]);
    close(ends[1]);
    CHECK(!close(fd) && !close(reader) && !unlink("space"));
}

static void check_file_systems(void)
{
    struct statfs own, other;
    int fd = open("/tmp", O_RDONLY);

    CHECK(!statfs("/tmp", &own) && own.f_bsize && own.f_blocks && own.f_bfree <= own.f_blocks && own.f_namelen == 255);
    CHECK(!fstatfs(fd, &other) && other.f_type == own.f_type && other.f_blocks == own.f_blocks && !close(fd));
    FAILS(statfs("/tmp/nothing", &own), ENOENT);
    FAILS(fstatfs(fd, &own), EBADF);
}

static void check_transfers(void)
{
    char block[10000], back[10000];
    int from = open("from", O_CREAT | O_RDWR, 0600), to = open("to", O_CREAT | O_RDWR, 0600), ends[2];
    off_t position = 100;
    int64_t start = 50, end = 7;

    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = i % 251;
    CHECK(write(from, block, sizeof(block)) == sizeof(block) && !lseek(from, 0, SEEK_SET));
    CHECK(sendfile(to, from, NULL, 6000) == 6000 && lseek(from, 0, SEEK_CUR) == 6000 && lseek(to, 0, SEEK_CUR) == 6000);
    CHECK(pread(to, back, 6000, 0) == 6000 && !memcmp(back, block, 6000));
    CHECK(sendfile(to, from, &position, 50) == 50 && position == 150 && lseek(from, 0, SEEK_CUR) == 6000);
    CHECK(sendfile(to, from, NULL, 99999) == 4000 && sendfile(to, from, NULL, 10) == 0);
    CHECK(!pipe(ends) && (position = 0, sendfile(ends[1], from, &position, 3000) == 3000));
    CHECK(read(ends[0], back, 3000) == 3000 && !memcmp(back, block, 3000));
    FAILS(sendfile(to, ends[0], NULL, 10), EINVAL);
    FAILS(sendfile(999, from, NULL, 10), EBADF);

    CHECK(!ftruncate(to, 0));
    CHECK(syscall(SYS_copy_file_range, from, &start, to, &end, 5000, 0) == 5000 && start == 5050 && end == 5007);
    CHECK(size_of(to) == 5007 && pread(to, back, 5000, 7) == 5000 && !memcmp(back, block + 50, 5000));
    start = end = 0;
    CHECK(syscall(SYS_copy_file_range, from, &start, from, &end, 10, 0) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_copy_file_range, from, &start, ends[1], NULL, 10, 0) == -1 && errno == EINVAL);
    close(ends[0]);
    close(ends[1]);
    CHECK(!close(from) && !close(to) && !unlink("from") && !unlink("to"));
}

static void check_ranges(void)
{
    int fds[4], flags;

    for (int i = 0; i < 4; i++)
        fds[i] = dup2(1, 300 + i);
    CHECK(!syscall(SYS_close_range, 301, 302, 0) && fcntl(300, F_GETFD) == 0 && fcntl(301, F_GETFD) == -1 && fcntl(302, F_GETFD) == -1);
    CHECK(!syscall(SYS_close_range, 300, ~0U, 4) && fcntl(300, F_GETFD) == FD_CLOEXEC && fcntl(303, F_GETFD) == FD_CLOEXEC);
    CHECK(!syscall(SYS_close_range, 300, ~0U, 0) && fcntl(303, F_GETFD) == -1 && fds[3] == 303);
    CHECK(syscall(SYS_close_range, 5, 4, 0) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_close_range, 5, 6, 64) == -1 && errno == EINVAL);
    fds[0] = open("/dev/null", O_RDWR | O_CREAT | O_TRUNC, 0600);
    flags = fcntl(fds[0], F_GETFL);
    CHECK((flags & O_ACCMODE) == O_RDWR && !(flags & (O_CREAT | O_TRUNC)) && !fcntl(fds[0], F_SETFL, O_APPEND | O_CREAT));
    CHECK((fcntl(fds[0], F_GETFL) & (O_ACCMODE | O_APPEND | O_CREAT)) == (O_RDWR | O_APPEND) && lseek(fds[0], 50, SEEK_SET) == 0 && !close(fds[0]));
}

int main(void)
{
    CHECK(!mkdir("/tmp/space", 0755) && !chdir("/tmp/space"));
    check_large();
    check_allocation();
    check_file_systems();
    check_transfers();
    check_ranges();
    CHECK(!chdir("/") && !rmdir("/tmp/space"));
    return failures;
}
