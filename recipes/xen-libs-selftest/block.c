/*
 * Disks as a program sees them: `block [xvda|xvdb|...]...`. A disk is full of a pattern at first; some of
 * it is written over, so its contents are lost. `ro:xvdb` says that a disk cannot be written,
 * `hot:xvdc` that it comes and goes and comes again while the program runs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/cdrom.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <pthread.h>
#include <scsi/sg.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define MIB (1u << 20)
#define SCRATCH (16 * MIB) /* from there on, the disk may be written over; the pattern is below */

static char *buffer, *other;
static uint64_t size;
static unsigned seed = 1;

static unsigned any(unsigned below)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 8) % below;
}

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static uint32_t pattern(uint64_t word)
{
    return (uint32_t)word * 2654435761u + 12345;
}

static unsigned char pattern_byte(uint64_t at)
{
    return pattern(at / 4) >> at % 4 * 8;
}

static bool is_pattern(const char *bytes, uint64_t at, size_t length)
{
    size_t i = 0;

    for (; i < length && (at + i) % 4; i++)
        if ((unsigned char)bytes[i] != pattern_byte(at + i))
            return false;
    for (; i + 4 <= length; i += 4) {
        uint32_t word;

        memcpy(&word, bytes + i, 4);
        if (word != pattern((at + i) / 4))
            return false;
    }
    for (; i < length; i++)
        if ((unsigned char)bytes[i] != pattern_byte(at + i))
            return false;
    return true;
}

static void fill(char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = any(256);
}

static bool all_zero(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i])
            return false;
    return true;
}

static bool listed(const char *name)
{
    DIR *folder = opendir("/dev");
    struct dirent *entry;
    bool found = false;

    while (folder && (entry = readdir(folder)))
        found |= !strcmp(entry->d_name, name) && entry->d_type == DT_BLK;
    if (folder)
        closedir(folder);
    return found;
}

/* What QEMU asks, too. */
static void ask(int fd, const char *name, bool readonly)
{
    struct hd_geometry geometry;
    struct stat st;
    unsigned long sectors;
    uint64_t bytes;
    int number;

    CHECK(fstat(fd, &st) == 0 && S_ISBLK(st.st_mode) && st.st_size == 0);
    CHECK(major(st.st_rdev) == 202 && minor(st.st_rdev) == (unsigned)(name[3] - 'a') * 16);
    CHECK(ioctl(fd, BLKGETSIZE64, &bytes) == 0 && bytes == size);
    CHECK(ioctl(fd, BLKGETSIZE, &sectors) == 0 && sectors == size / 512);
    CHECK(ioctl(fd, BLKSSZGET, &number) == 0 && number == 512);
    CHECK(ioctl(fd, BLKPBSZGET, &number) == 0 && number >= 512);
    CHECK(ioctl(fd, BLKROGET, &number) == 0 && number == readonly);
    CHECK(ioctl(fd, HDIO_GETGEO, &geometry) == 0 && geometry.heads == 255 && geometry.sectors == 63);
    CHECK(ioctl(fd, SG_GET_VERSION_NUM, &number) == -1 && errno == ENOTTY);
    CHECK(ioctl(fd, CDROM_DRIVE_STATUS, 0) == -1 && errno == ENOTTY);
    CHECK(ioctl(fd, BLKGETSIZE64, NULL) == -1 && errno == EFAULT);
    CHECK(lseek(fd, 1, SEEK_END) == -1 && errno == EINVAL);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    CHECK(ftruncate(fd, 0) == -1 && errno == EINVAL);
    CHECK(listed(name));
}

static void read_all(const char *path, int flags, uint64_t most, const char *how)
{
    int fd = open(path, O_RDONLY | flags);
    uint64_t at = 0;
    bool good = true;
    double begin = now(), checking = 0;

    for (; at < most; at += MIB) {
        double before;

        if (pread(fd, buffer, MIB, at) != MIB)
            break;
        before = now();
        good &= is_pattern(buffer, at, MIB);
        checking += now() - before;
    }
    CHECK(at == most && good);
    printf("%s: %s reads %.1f MB/s\n", path, how, most / 1e6 / (now() - begin - checking));
    close(fd);
}

static void read_parts(int fd)
{
    struct iovec parts[300];
    size_t sum = 0, at = 0;
    bool good = true;

    for (unsigned i = 0; i < 300; i++) {
        unsigned from = any(SCRATCH - 70000), length = any(70000);

        good &= pread(fd, buffer + any(600), 0, from) == 0;
        if (pread(fd, buffer + (i & 511), length, from) != (ssize_t)length
            || !is_pattern(buffer + (i & 511), from, length)) {
            printf("%u bytes from %u\n", length, from);
            good = false;
        }
    }
    CHECK(good);
    for (unsigned i = 0; i < 300; i++) {
        parts[i] = (struct iovec){ buffer + at, i % 7 ? 4096 : any(2000) };
        at += parts[i].iov_len + any(200);
        sum += parts[i].iov_len;
    }
    CHECK(preadv(fd, parts, 300, 4096) == (ssize_t)sum);
    good = true;
    at = 4096;
    for (unsigned i = 0; i < 300; at += parts[i++].iov_len)
        good &= is_pattern(parts[i].iov_base, at, parts[i].iov_len);
    CHECK(good);
    CHECK(lseek(fd, 512, SEEK_SET) == 512 && read(fd, buffer, 700) == 700 && is_pattern(buffer, 512, 700));
    CHECK(lseek(fd, 0, SEEK_CUR) == 1212);
    CHECK(read(fd, (void *)16, 512) == -1 && errno == EFAULT);
}

static void latency(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECT);
    double begin = now();
    bool good = true;

    for (unsigned i = 0; i < 500; i++)
        good &= pread(fd, buffer, 4096, any(SCRATCH / 4096) * 4096ULL) == 4096;
    CHECK(good);
    printf("%s: 4 KiB in %.0f microseconds\n", path, (now() - begin) * 1e6 / 500);
    close(fd);
}

static void write_all(const char *path, int flags, const char *how)
{
    int fd = open(path, O_RDWR | flags);
    unsigned length = 4 * MIB;
    double begin;

    fill(other, length);
    begin = now();
    for (unsigned at = 0; at < 16 * MIB; at += length)
        CHECK(pwrite(fd, other, length, SCRATCH + at) == (ssize_t)length);
    CHECK(fsync(fd) == 0);
    printf("%s: %s writes %.1f MB/s\n", path, how, 16 * MIB / 1e6 / (now() - begin));
    memset(buffer, 0, length);
    CHECK(pread(fd, buffer, length, SCRATCH + 12 * MIB) == (ssize_t)length && !memcmp(buffer, other, length));
    close(fd);
}

/* Any bytes, and what is around them stays. */
static void write_parts(int fd)
{
    struct iovec parts[20];
    ssize_t sum = 0;

    CHECK(pread(fd, other, MIB, SCRATCH) == MIB);
    for (unsigned i = 0; i < 60; i++) {
        unsigned from = any(MIB - 20000), length = 1 + any(i % 3 ? 1500 : 20000);

        fill(other + from, length);
        if (!CHECK(pwrite(fd, other + from, length, SCRATCH + from) == (ssize_t)length))
            break;
    }
    for (unsigned i = 0; i < 20; i++) {
        parts[i] = (struct iovec){ other + 5000 + sum, 1 + any(900) };
        fill(parts[i].iov_base, parts[i].iov_len);
        sum += parts[i].iov_len;
    }
    CHECK(pwritev(fd, parts, 20, SCRATCH + 5000) == sum);
    CHECK(pread(fd, buffer, MIB, SCRATCH) == MIB && !memcmp(buffer, other, MIB));
}

/* Threads that share sectors: each writes every fourth piece, of bytes that fit in none. */
static int shared_fd;

static void *write_mine(void *argument)
{
    uintptr_t mine = (uintptr_t)argument;

    for (unsigned at = mine * 100; at + 100 <= 16 * 1024; at += 400)
        if (pwrite(shared_fd, other + at, 100, SCRATCH + at) != 100)
            return "";
    return NULL;
}

static void write_at_once(int fd)
{
    pthread_t threads[4];

    shared_fd = fd;
    fill(other, 16 * 1024);
    CHECK(pwrite(fd, other, 16 * 1024, SCRATCH) == 16 * 1024);
    fill(other, 16300);
    for (uintptr_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, write_mine, (void *)i);
    for (unsigned i = 0; i < 4; i++) {
        void *result = "";

        pthread_join(threads[i], &result);
        CHECK(!result);
    }
    CHECK(pread(fd, buffer, 16300, SCRATCH) == 16300 && !memcmp(buffer, other, 16300));
}

/* Those that read the same and those that read something else, all at once. */
static void *read_mine(void *argument)
{
    uintptr_t mine = (uintptr_t)argument;
    char *own = malloc(300000);
    bool good = own;
    unsigned at = mine * 12345;

    for (unsigned i = 0; i < 20 && good; i++, at = (at + 777777) % (SCRATCH - 300000)) {
        unsigned from = mine % 2 ? at : at & ~4095u, length = mine % 2 ? 299999 : 65536;

        good = pread(shared_fd, own, length, from) == (ssize_t)length && is_pattern(own, from, length);
    }
    free(own);
    return good ? NULL : "";
}

static void read_at_once(int fd)
{
    pthread_t threads[16];
    unsigned bad = 0;

    shared_fd = fd;
    for (uintptr_t i = 0; i < 16; i++)
        pthread_create(&threads[i], NULL, read_mine, (void *)i);
    for (unsigned i = 0; i < 16; i++) {
        void *result = "";

        pthread_join(threads[i], &result);
        bad += !!result;
    }
    CHECK(!bad);
}

static void the_end(int fd)
{
    CHECK(pread(fd, buffer, 4096, size) == 0);
    CHECK(pread(fd, buffer, 4096, size - 100) == 100);
    CHECK(pread(fd, buffer, 4096, size + 4096) == 0);
    CHECK(pwrite(fd, buffer, 4096, size - 100) == 100);
    CHECK(pwrite(fd, buffer, 4096, size) == -1 && errno == ENOSPC);
    CHECK(pwrite(fd, buffer, 0, size) == 0);
}

static void direct(const char *path)
{
    int fd = open(path, O_RDWR | O_DIRECT), number;
    struct iovec parts[2] = { { buffer, 512 }, { buffer + 1024, 1024 } };

    CHECK(pread(fd, buffer, 512, 512) == 512 && is_pattern(buffer, 512, 512));
    CHECK(pread(fd, buffer + 512, 9 * 512, 512) == 9 * 512 && is_pattern(buffer + 512, 512, 9 * 512));
    CHECK(pread(fd, buffer + 1, 512, 512) == -1 && errno == EINVAL);
    CHECK(pread(fd, buffer, 511, 512) == -1 && errno == EINVAL);
    CHECK(pread(fd, buffer, 512, 100) == -1 && errno == EINVAL);
    CHECK(preadv(fd, parts, 2, 512) == 1536 && is_pattern(buffer, 512, 512) && is_pattern(buffer + 1024, 1024, 1024));
    CHECK(pwrite(fd, buffer, 100, SCRATCH) == -1 && errno == EINVAL);
    CHECK(fcntl(fd, F_GETFL) & O_DIRECT);
    CHECK(ioctl(fd, BLKSSZGET, &number) == 0);
    close(fd);
}

/* A page on both sides is not the disk's, and nothing of what is around is written. */
static void around(int fd)
{
    memset(buffer, 0x5a, 5 * 4096);
    CHECK(pread(fd, buffer + 4096 + 512, 2 * 4096, 8192) == 2 * 4096);
    CHECK(is_pattern(buffer + 4096 + 512, 8192, 2 * 4096));
    memset(buffer + 4096 + 512, 0x5a, 2 * 4096);
    memset(other, 0x5a, 5 * 4096);
    CHECK(!memcmp(buffer, other, 5 * 4096));
}

static void settle(const char *path)
{
    int fd = open(path, O_RDWR | O_DSYNC);

    CHECK(pwrite(fd, buffer, 1000, SCRATCH) == 1000);
    CHECK(fdatasync(fd) == 0 && fsync(fd) == 0 && ioctl(fd, BLKFLSBUF, 0) == 0);
    close(fd);
}

static void give_up_and_clear(int fd)
{
    uint64_t range[2] = { SCRATCH + 8192, 65536 };
    int result;

    memset(other, 0x77, MIB);
    CHECK(pwrite(fd, other, MIB, SCRATCH) == MIB);
    CHECK(ioctl(fd, BLKZEROOUT, range) == 0);
    CHECK(pread(fd, buffer, MIB, SCRATCH) == MIB && all_zero(buffer + 8192, 65536));
    CHECK(buffer[8191] == 0x77 && buffer[8192 + 65536] == 0x77);
    CHECK(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, SCRATCH + 512, 1024) == 0);
    CHECK(pread(fd, buffer, 4096, SCRATCH) == 4096 && all_zero(buffer + 512, 1024));
    CHECK(buffer[511] == 0x77 && buffer[1536] == 0x77);
    CHECK(fallocate(fd, FALLOC_FL_ZERO_RANGE, SCRATCH + 100, 1024) == -1 && errno == EINVAL);
    CHECK(fallocate(fd, 0, 0, 4096) == -1 && errno == EOPNOTSUPP);
    CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, SCRATCH, 4096) == -1 && errno == EOPNOTSUPP);
    range[0] = SCRATCH + 512 * 1024;
    result = ioctl(fd, BLKDISCARD, range);
    printf("discard: %s\n", result ? strerror(errno) : "done");
    CHECK(result == 0 || errno == EOPNOTSUPP);
    range[0] = size;
    CHECK(ioctl(fd, BLKZEROOUT, range) == -1 && errno == EINVAL);
    range[0] = SCRATCH + 1;
    CHECK(ioctl(fd, BLKZEROOUT, range) == -1 && errno == EINVAL);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
    (void)number;
    alarms++;
}

static void with_signals(int fd)
{
    struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } };
    bool good = true;

    signal(SIGALRM, count_alarm);
    setitimer(ITIMER_REAL, &often, NULL);
    for (unsigned i = 0; i < 100 || (alarms < 20 && i < 5000); i++)
        good &= pread(fd, buffer, 65536, i % 100 * 65536) == 65536 && is_pattern(buffer, i % 100 * 65536, 65536);
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK(good && alarms >= 20);
}

/* Its memory goes while it waits: by another thread. */
static char *going;

static void *take_away(void *argument)
{
    (void)argument;
    munmap(going, 64 * 4096);
    return NULL;
}

static void without_memory(int fd)
{
    for (unsigned i = 0; i < 20; i++) {
        pthread_t thread;
        ssize_t length;

        going = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        pthread_create(&thread, NULL, take_away, NULL);
        length = pread(fd, going + (i % 2 ? 100 : 0), 63 * 4096, 0);
        if (!CHECK(length == -1 ? errno == EFAULT : length <= 63 * 4096))
            printf("%zd %d\n", length, errno);
        pthread_join(thread, NULL);
    }
}

static void read_only(const char *path)
{
    uint64_t range[2] = { 0, 4096 };
    int fd = open(path, O_RDWR);

    CHECK(fd >= 0 && pwrite(fd, buffer, 512, 0) == -1 && errno == EPERM);
    CHECK(ioctl(fd, BLKZEROOUT, range) == -1 && errno == EPERM);
    close(fd);
    fd = open(path, O_RDONLY);
    CHECK(write(fd, buffer, 512) == -1 && errno == EBADF);
    CHECK(ioctl(fd, BLKZEROOUT, range) == -1 && errno == EBADF);
    close(fd);
}

static int open_disk(const char *name, int flags)
{
    char path[32];

    snprintf(path, sizeof(path), "/dev/%s", name);
    return open(path, flags);
}

static void try_disk(const char *name, bool readonly)
{
    char path[32];
    int fd = open_disk(name, readonly ? O_RDONLY : O_RDWR);

    snprintf(path, sizeof(path), "/dev/%s", name);
    if (!CHECK(fd >= 0)) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    size = lseek(fd, 0, SEEK_END);
    CHECK(size >= 64 * MIB);
    ask(fd, name, readonly);
    read_all(path, 0, size, "buffered");
    read_all(path, O_DIRECT, SCRATCH, "direct");
    latency(path);
    read_parts(fd);
    around(fd);
    read_at_once(fd);
    with_signals(fd);
    without_memory(fd);
    if (readonly) {
        read_only(path);
    } else {
        direct(path);
        write_all(path, 0, "buffered");
        write_all(path, O_DIRECT, "direct");
        write_parts(fd);
        write_at_once(fd);
        the_end(fd);
        settle(path);
        give_up_and_clear(fd);
    }
    close(fd);
}

static bool wait_for(const char *name, bool there)
{
    for (unsigned i = 0; i < 600; i++) {
        if (listed(name) == there)
            return true;
        usleep(100000);
    }
    return false;
}

static void *keep_reading(void *argument)
{
    int fd = *(int *)argument;
    char *own = malloc(65536);
    ssize_t length;

    do
        length = pread(fd, own, 65536, 0);
    while (length == 65536);
    free(own);
    return length == -1 && errno == EIO ? NULL : "";
}

static void try_hot(const char *name)
{
    int fd, again;
    pthread_t thread;
    void *result = "";

    CHECK(!listed(name));
    printf("waiting for %s\n", name);
    if (!CHECK(wait_for(name, true)))
        return;
    fd = open_disk(name, O_RDONLY);
    CHECK(fd >= 0 && pread(fd, buffer, 65536, 4096) == 65536 && is_pattern(buffer, 4096, 65536));
    pthread_create(&thread, NULL, keep_reading, &fd);
    printf("%s is there\n", name);
    CHECK(wait_for(name, false));
    pthread_join(thread, &result);
    CHECK(!result);
    CHECK(open_disk(name, O_RDONLY) == -1 && errno == ENOENT);
    printf("%s is gone\n", name);
    if (!CHECK(wait_for(name, true)))
        return;
    again = open_disk(name, O_RDONLY);
    CHECK(again >= 0 && pread(again, buffer, 65536, 4096) == 65536 && is_pattern(buffer, 4096, 65536));
    CHECK(pread(fd, buffer, 65536, 4096) == -1 && errno == EIO);
    printf("%s is there again\n", name);
    close(again);
    close(fd);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    buffer = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    other = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(argc > 1);
    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "hot:", 4))
            try_hot(argv[i] + 4);
        else if (!strncmp(argv[i], "ro:", 3))
            try_disk(argv[i] + 3, true);
        else
            try_disk(argv[i], false);
    }
    return summary();
}
