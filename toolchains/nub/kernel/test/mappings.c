/*
 * Shows mappings of files: shared ones are the file itself, private ones copy a
 * page when it is written, both keep the file alive, and truncation takes pages
 * away.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PAGE 4096L
#define SIZE (8 * PAGE)
#define RW (PROT_READ | PROT_WRITE)

static char filled[SIZE];

static int new_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    for (long i = 0; i < SIZE; i++)
        filled[i] = i / PAGE + 'a';
    return pwrite(fd, filled, SIZE, 0) == SIZE ? fd : -1;
}

static void shared(void)
{
    int fd = new_file("/tmp/shared"), reader = open("/tmp/shared", O_RDONLY);
    char *p = mmap(NULL, SIZE, RW, MAP_SHARED, fd, 0), buffer[8];
    char *q = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, reader, 2 * PAGE);

    CHECK(p != MAP_FAILED && q != MAP_FAILED);
    CHECK(!memcmp(p, filled, SIZE) && q[0] == 'c' && q[4 * PAGE - 1] == 'f');
    strcpy(p + 2 * PAGE, "mapped");
    CHECK(!strcmp(q, "mapped"));
    CHECK(pread(fd, buffer, 7, 2 * PAGE) == 7 && !strcmp(buffer, "mapped"));
    CHECK(pwrite(fd, "written", 8, 3 * PAGE) == 8);
    CHECK(!strcmp(p + 3 * PAGE, "written") && !strcmp(q + PAGE, "written"));
    CHECK(!msync(p, SIZE, MS_SYNC));
    CHECK(read(fd, p + 5 * PAGE, 3 * PAGE) == 3 * PAGE && !strcmp(p + 7 * PAGE, "mapped"));

    /* A mapping of what was opened for reading may not become writable. */
    CHECK(mprotect(q, PAGE, RW) == -1 && errno == EACCES);
    CHECK(mmap(NULL, PAGE, RW, MAP_SHARED, reader, 0) == MAP_FAILED && errno == EACCES);
    CHECK(mmap(NULL, PAGE, RW, MAP_PRIVATE, reader, 0) != MAP_FAILED);
    CHECK(!mprotect(p, PAGE, PROT_READ) && !mprotect(p, PAGE, RW));
    p[0] = 'z';
    CHECK(pread(fd, buffer, 1, 0) == 1 && buffer[0] == 'z');

    /* Mappings know their offset when they are split and joined. */
    CHECK(!mprotect(p + 3 * PAGE, PAGE, PROT_READ) && !mprotect(p + 3 * PAGE, PAGE, RW));
    CHECK(!munmap(p + 4 * PAGE, PAGE));
    CHECK(mmap(p + 4 * PAGE, PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 4 * PAGE) == p + 4 * PAGE);
    CHECK(p[4 * PAGE] == 'e' && !madvise(p, SIZE, MADV_DONTNEED));
    CHECK(p[0] == 'z' && !strcmp(p + 3 * PAGE, "written") && p[4 * PAGE] == 'e');

    /* The name and the descriptors may go. */
    CHECK(!unlink("/tmp/shared") && !close(fd) && !close(reader));
    strcpy(p + 4 * PAGE, "alive");
    CHECK(!strcmp(q + 2 * PAGE, "alive"));
    CHECK(!munmap(p, SIZE) && !strcmp(q + 2 * PAGE, "alive") && !munmap(q, 4 * PAGE));
}

static void private(void)
{
    int fd = new_file("/tmp/private");
    char *p = mmap(NULL, SIZE, RW, MAP_PRIVATE, fd, 0), byte;
    char *s = mmap(NULL, SIZE, RW, MAP_SHARED, fd, 0);

    CHECK(p != MAP_FAILED && !memcmp(p, filled, SIZE));
    p[0] = 'P';
    CHECK(s[0] == 'a' && pread(fd, &byte, 1, 0) == 1 && byte == 'a');
    p[PAGE] = 'Q'; /* never read before */
    CHECK(s[PAGE] == 'b' && p[PAGE + 1] == 'b');
    s[2 * PAGE] = 'S';
    CHECK(p[2 * PAGE] == 'S' && p[0] == 'P');
    CHECK(!mprotect(p, SIZE, PROT_READ) && !mprotect(p, SIZE, RW));
    p[3 * PAGE] = 'R';
    CHECK(s[3 * PAGE] == 'd');
    CHECK(!madvise(p, SIZE, MADV_DONTNEED));
    CHECK(p[0] == 'a' && p[PAGE] == 'b' && p[2 * PAGE] == 'S' && p[3 * PAGE] == 'd');
    CHECK(read(fd, p + 4 * PAGE, 0) == 0 && pread(fd, p + 4 * PAGE, PAGE, 0) == PAGE);
    CHECK(p[4 * PAGE] == 'a' && s[4 * PAGE] == 'e');
    p = mremap(p, SIZE, 2 * SIZE, MREMAP_MAYMOVE);
    CHECK(p != MAP_FAILED && p[4 * PAGE] == 'a' && p[5 * PAGE] == 'f');
    CHECK(!ftruncate(fd, 2 * SIZE) && p[SIZE] == 0 && pwrite(fd, "grown", 6, SIZE) == 6);
    CHECK(!strcmp(p + SIZE, "grown") && !munmap(p, 2 * SIZE) && !munmap(s, SIZE));
    close(fd);
}

static void truncated(void)
{
    int fd = new_file("/tmp/truncated");
    char *p = mmap(NULL, SIZE, RW, MAP_SHARED, fd, 0), bytes[8];

    CHECK(p[2 * PAGE] == 'c' && !ftruncate(fd, PAGE + 3));
    CHECK(p[PAGE + 2] == 'b' && p[PAGE + 3] == 0);
    strcpy(p + PAGE + 3, "beyond"); /* in the last page, but not in the file */
    CHECK(!ftruncate(fd, SIZE));
    CHECK(pread(fd, bytes, 4, PAGE + 2) == 4 && !memcmp(bytes, "b\0\0\0", 4));
    CHECK(p[2 * PAGE] == 0 && p[PAGE + 3] == 0);
    p[7 * PAGE] = 'n';
    CHECK(pread(fd, bytes, 1, 7 * PAGE) == 1 && bytes[0] == 'n');
    CHECK(!munmap(p, SIZE) && !close(fd));
}

static void unfit(void)
{
    int fds[2], folder = open("/tmp", O_RDONLY), writer = open("/tmp/private", O_WRONLY);
    int zero = open("/dev/zero", O_RDWR);
    char *p;

    CHECK(!pipe(fds) && mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fds[0], 0) == MAP_FAILED && errno == ENODEV);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, folder, 0) == MAP_FAILED && errno == ENODEV);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0) == MAP_FAILED && errno == EACCES);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
    p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, zero, 0);
    CHECK(p != MAP_FAILED && !p[PAGE] && (p[PAGE] = 1) && !munmap(p, 2 * PAGE));
    p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, zero, 0);
    CHECK(p != MAP_FAILED && !p[PAGE] && (p[PAGE] = 1) && !madvise(p, 2 * PAGE, MADV_DONTNEED) && p[PAGE] == 1);
    close(fds[0]), close(fds[1]), close(folder), close(writer), close(zero);
}

/* Shared memory without a file is not lost by advice, and can be mapped twice. */
static void anonymous(void)
{
    char *p = mmap(NULL, SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *q;

    CHECK(p != MAP_FAILED && !p[PAGE]);
    strcpy(p + PAGE, "kept");
    CHECK(!madvise(p, SIZE, MADV_DONTNEED) && !strcmp(p + PAGE, "kept"));
    q = mremap(p, 0, SIZE, MREMAP_MAYMOVE);
    CHECK(q != MAP_FAILED && q != p && !strcmp(q + PAGE, "kept"));
    strcpy(q + 2 * PAGE, "both");
    CHECK(!strcmp(p + 2 * PAGE, "both") && !munmap(p, SIZE));
    CHECK(!strcmp(q + 2 * PAGE, "both") && !munmap(q, SIZE));
}

static long used(void)
{
    struct sysinfo info;

    sysinfo(&info);
    return (long)((info.totalram - info.freeram) / PAGE * info.mem_unit);
}

int main(void)
{
    long before;

    shared();
    private();
    truncated();
    unfit();
    anonymous();
    unlink("/tmp/private"), unlink("/tmp/truncated");
    before = used();
    for (int round = 0; round < 50; round++) {
        int fd = new_file("/tmp/round");
        char *p = mmap(NULL, SIZE, RW, round & 1 ? MAP_SHARED : MAP_PRIVATE, fd, 0);

        memset(p + 2 * PAGE, 'x', 4 * PAGE);
        unlink("/tmp/round");
        if (round & 2)
            ftruncate(fd, 0);
        close(fd);
        munmap(p, SIZE);
    }
    printf("%ld pages more in use\n", used() - before);
    CHECK(used() - before < 16);
    return failures;
}
