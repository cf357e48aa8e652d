/*
 * Shows locks on files: by flock() and of open files, which keep other open
 * files out, and the process's own, which do not; ranges that are split and
 * joined, waiting, and locks that end with their descriptors.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

#ifndef F_OFD_GETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#endif

static int one, other;

static int record(int fd, int command, int type, off_t start, off_t length)
{
    struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };

    return fcntl(fd, command, &lock);
}

/* Is there a lock of this type and extent against a write lock on the range? */
static int meets(int fd, int command, off_t start, off_t length, int type, off_t found, off_t found_length)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length };

    if (fcntl(fd, command, &lock) || lock.l_type != type)
        return 0;
    return type == F_UNLCK || (lock.l_start == found && lock.l_len == found_length && lock.l_whence == SEEK_SET);
}

static void check_flock(void)
{
    int copy = dup(one);

    CHECK(!flock(one, LOCK_SH) && !flock(other, LOCK_SH));
    FAILS(flock(one, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK(!flock(other, LOCK_UN) && !flock(one, LOCK_EX) && !flock(copy, LOCK_EX | LOCK_NB));
    FAILS(flock(other, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    CHECK(!flock(copy, LOCK_UN) && !flock(other, LOCK_EX | LOCK_NB) && !flock(other, LOCK_SH));
    CHECK(!flock(one, LOCK_SH | LOCK_NB) && !flock(other, LOCK_UN) && !flock(one, LOCK_UN));
    FAILS(flock(one, 77), EINVAL);
    FAILS(flock(one, LOCK_SH | LOCK_EX), EINVAL);
    FAILS(flock(999, LOCK_SH), EBADF);
    /* Record locks do not see these. */
    CHECK(!flock(one, LOCK_EX) && !record(other, F_OFD_SETLK, F_WRLCK, 0, 0) && !record(other, F_OFD_SETLK, F_UNLCK, 0, 0));
    CHECK(!close(copy) && flock(other, LOCK_EX | LOCK_NB) == -1 && !flock(one, LOCK_UN));
}

static void check_process(void)
{
    CHECK(!record(one, F_SETLK, F_WRLCK, 0, 100) && !record(other, F_SETLK, F_WRLCK, 50, 100));
    CHECK(meets(one, F_GETLK, 0, 0, F_UNLCK, 0, 0) && meets(one, F_OFD_GETLK, 0, 0, F_WRLCK, 0, 150));
    FAILS(record(one, F_OFD_SETLK, F_RDLCK, 149, 1), EAGAIN);
    CHECK(!record(one, F_OFD_SETLK, F_RDLCK, 150, 1) && record(one, F_SETLK, F_WRLCK, 150, 1) == -1 && errno == EAGAIN);
    CHECK(!record(one, F_OFD_SETLK, F_UNLCK, 0, 0));
    /* The process's locks go with any of the file's descriptors. */
    CHECK(!close(dup(other)) && !record(one, F_OFD_SETLK, F_WRLCK, 0, 0) && !record(one, F_OFD_SETLK, F_UNLCK, 0, 0));
}

static void check_ranges(void)
{
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_END, .l_start = -10, .l_len = -5 };
    int reader = open("/tmp/locked", O_RDONLY), writer = open("/tmp/locked", O_WRONLY);

    CHECK(!record(one, F_OFD_SETLK, F_WRLCK, 10, 80));
    CHECK(!record(one, F_OFD_SETLK, F_UNLCK, 40, 20));
    CHECK(meets(other, F_OFD_GETLK, 0, 40, F_WRLCK, 10, 30) && meets(other, F_OFD_GETLK, 40, 0, F_WRLCK, 60, 30));
    CHECK(meets(other, F_OFD_GETLK, 40, 20, F_UNLCK, 0, 0) && meets(one, F_OFD_GETLK, 0, 0, F_UNLCK, 0, 0));
    CHECK(!record(one, F_OFD_SETLK, F_RDLCK, 20, 50));
    CHECK(meets(other, F_OFD_GETLK, 0, 20, F_WRLCK, 10, 10) && meets(other, F_OFD_GETLK, 25, 1, F_RDLCK, 20, 50) && meets(other, F_OFD_GETLK, 75, 1, F_WRLCK, 70, 20));
    CHECK(!record(other, F_OFD_SETLK, F_RDLCK, 30, 10) && !record(other, F_OFD_SETLK, F_UNLCK, 30, 10));
    FAILS(record(other, F_OFD_SETLK, F_RDLCK, 19, 2), EAGAIN);
    CHECK(!record(one, F_OFD_SETLK, F_WRLCK, 5, 100) && meets(other, F_OFD_GETLK, 0, 0, F_WRLCK, 5, 100));
    CHECK(!record(one, F_OFD_SETLK, F_WRLCK, 105, 0) && meets(other, F_OFD_GETLK, 0, 0, F_WRLCK, 5, 0));
    CHECK(!record(one, F_OFD_SETLK, F_UNLCK, 0, 0) && meets(other, F_OFD_GETLK, 0, 0, F_UNLCK, 0, 0));

    CHECK(!ftruncate(one, 100) && !fcntl(one, F_OFD_SETLK, &lock) && meets(other, F_OFD_GETLK, 0, 0, F_RDLCK, 85, 5));
    lock.l_pid = 5;
    FAILS(fcntl(one, F_OFD_SETLK, &lock), EINVAL);
    FAILS(record(one, F_OFD_SETLK, 9, 0, 0), EINVAL);
    FAILS(record(one, F_SETLK, F_RDLCK, -1, 5), EINVAL);
    FAILS(record(reader, F_SETLK, F_WRLCK, 0, 5), EBADF);
    FAILS(record(writer, F_SETLK, F_RDLCK, 0, 5), EBADF);
    CHECK(!close(reader) && !close(writer) && !record(one, F_OFD_SETLK, F_UNLCK, 0, 0));
}

static volatile int got, interrupted;

static void *wait_for_record(void *argument)
{
    (void)argument;
    got = !record(other, F_OFD_SETLKW, F_WRLCK, 5, 1) ? 1 : -1;
    record(other, F_OFD_SETLK, F_UNLCK, 0, 0);
    return NULL;
}

static void *wait_for_flock(void *argument)
{
    (void)argument;
    got = !flock(other, LOCK_EX) ? 1 : -1;
    flock(other, LOCK_UN);
    return NULL;
}

static void handler(int signal)
{
    (void)signal;
    interrupted = 1;
}

static void check_waiting(void)
{
    struct sigaction action = { .sa_handler = handler };
    pthread_t thread;
    int third;

    CHECK(!record(one, F_OFD_SETLK, F_RDLCK, 0, 10) && !pthread_create(&thread, NULL, wait_for_record, NULL));
    usleep(50000);
    CHECK(!got && !record(one, F_OFD_SETLK, F_UNLCK, 5, 1) && !pthread_join(thread, NULL) && got == 1);
    CHECK(!record(one, F_OFD_SETLK, F_UNLCK, 0, 0));

    got = 0;
    CHECK(!flock(one, LOCK_SH) && !pthread_create(&thread, NULL, wait_for_flock, NULL));
    usleep(50000);
    CHECK(!got && !flock(one, LOCK_UN) && !pthread_join(thread, NULL) && got == 1);

    /* The last descriptor takes the lock with it. */
    got = 0;
    third = open("/tmp/locked", O_RDWR);
    CHECK(!flock(third, LOCK_EX) && !pthread_create(&thread, NULL, wait_for_flock, NULL));
    usleep(50000);
    CHECK(!got && !close(third) && !pthread_join(thread, NULL) && got == 1);

    /* A signal ends the wait. */
    got = 0;
    sigaction(SIGUSR1, &action, NULL);
    CHECK(!flock(one, LOCK_EX) && !pthread_create(&thread, NULL, wait_for_flock, NULL));
    usleep(50000);
    CHECK(!pthread_kill(thread, SIGUSR1) && !pthread_join(thread, NULL) && got == -1 && interrupted && !flock(one, LOCK_UN));
}

int main(void)
{
    one = open("/tmp/locked", O_CREAT | O_RDWR, 0600);
    other = open("/tmp/locked", O_RDWR);
    CHECK(one >= 0 && other >= 0);
    check_flock();
    check_process();
    check_ranges();
    check_waiting();
    CHECK(!close(one) && !close(other) && !unlink("/tmp/locked"));
    return failures;
}
