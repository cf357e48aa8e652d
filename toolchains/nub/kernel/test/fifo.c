/*
 * Shows named pipes: who opens one end waits for the other, unless it need not
 * or must not; data, ends of file, and names that go while the pipe is open.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static volatile int opened;

static void *open_writer(void *argument)
{
    int fd = open("/tmp/fifo", O_WRONLY);

    opened = 1;
    if (argument)
        usleep(20000);
    if (fd < 0 || write(fd, "hello", 5) != 5)
        opened = -1;
    close(fd);
    return NULL;
}

static void *open_reader(void *argument)
{
    int fd = open("/tmp/fifo", O_RDONLY);

    opened = fd < 0 ? -1 : 1;
    close(fd);
    return argument;
}

static void handler(int signal)
{
    (void)signal;
}

static void check_waiting(void)
{
    struct sigaction action = { .sa_handler = handler };
    char buffer[10];
    pthread_t thread;
    int fd = -1;

    pthread_create(&thread, NULL, open_writer, NULL);
    usleep(50000);
    CHECK(!opened && (fd = open("/tmp/fifo", O_RDONLY)) >= 0);
    CHECK(read(fd, buffer, 10) == 5 && !memcmp(buffer, "hello", 5) && read(fd, buffer, 10) == 0 && !close(fd));
    CHECK(!pthread_join(thread, NULL) && opened == 1);

    opened = 0;
    pthread_create(&thread, NULL, open_reader, NULL);
    usleep(50000);
    CHECK(!opened && (fd = open("/tmp/fifo", O_WRONLY)) >= 0 && !pthread_join(thread, NULL) && opened == 1 && !close(fd));

    /* The other end's short visit is enough. */
    opened = 0;
    pthread_create(&thread, NULL, open_reader, NULL);
    usleep(50000);
    fd = open("/tmp/fifo", O_WRONLY | O_NONBLOCK);
    CHECK(fd >= 0 && !close(fd) && !pthread_join(thread, NULL) && opened == 1);

    /* A signal ends the wait, and leaves no reader behind. */
    opened = 0;
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, open_reader, NULL);
    usleep(50000);
    CHECK(!pthread_kill(thread, SIGUSR1) && !pthread_join(thread, NULL) && opened == -1);
    FAILS(open("/tmp/fifo", O_WRONLY | O_NONBLOCK), ENXIO);
}

static void check_data(void)
{
    char buffer[10];
    int reader, writer, both;
    struct pollfd wanted;
    struct stat st;

    FAILS(open("/tmp/fifo", O_WRONLY | O_NONBLOCK), ENXIO);
    reader = open("/tmp/fifo", O_RDONLY | O_NONBLOCK);
    CHECK(reader >= 0 && read(reader, buffer, 5) == 0);
    writer = open("/tmp/fifo", O_WRONLY | O_NONBLOCK);
    CHECK(writer >= 0 && read(reader, buffer, 5) == -1 && errno == EAGAIN);
    CHECK(write(writer, "abcd", 4) == 4 && read(reader, buffer, 2) == 2 && !memcmp(buffer, "ab", 2));
    wanted = (struct pollfd){ reader, POLLIN, 0 };
    CHECK(poll(&wanted, 1, 0) == 1 && wanted.revents == POLLIN);
    CHECK(write(reader, "x", 1) == -1 && errno == EBADF && read(writer, buffer, 1) == -1 && errno == EBADF);
    CHECK(!fstat(reader, &st) && S_ISFIFO(st.st_mode) && (st.st_mode & 0777) == 0640 && lseek(reader, 0, SEEK_SET) == -1 && errno == ESPIPE);
    CHECK(!close(writer) && read(reader, buffer, 10) == 2 && !memcmp(buffer, "cd", 2) && read(reader, buffer, 10) == 0);
    CHECK(!close(reader));

    /* What nobody has read goes with the last end. */
    both = open("/tmp/fifo", O_RDWR);
    CHECK(both >= 0 && write(both, "self", 4) == 4 && read(both, buffer, 2) == 2 && !memcmp(buffer, "se", 2) && !close(both));
    both = open("/tmp/fifo", O_RDWR | O_NONBLOCK);
    CHECK(both >= 0 && read(both, buffer, 10) == -1 && errno == EAGAIN);
    writer = open("/tmp/fifo", O_WRONLY | O_NONBLOCK);
    CHECK(!unlink("/tmp/fifo") && write(writer, "late", 4) == 4 && read(both, buffer, 10) == 4 && !close(writer) && !close(both));
}

static int ready(int fd)
{
    struct pollfd wanted = { .fd = fd, .events = POLLIN };

    return poll(&wanted, 1, 0) == 1 ? wanted.revents : 0;
}

/* Only a writer that was there can be told to have gone. */
static void check_gone(void)
{
    int in, out, other;
    char data[4];

    CHECK(!mkfifo("/tmp/gone", 0600) && (in = open("/tmp/gone", O_RDONLY | O_NONBLOCK)) >= 0);
    CHECK(!ready(in) && read(in, data, 4) == 0);
    CHECK((out = open("/tmp/gone", O_WRONLY)) >= 0 && !ready(in) && read(in, data, 4) == -1 && errno == EAGAIN);
    CHECK(write(out, "abc", 3) == 3 && ready(in) == POLLIN && !close(out) && ready(in) == (POLLIN | POLLHUP));
    CHECK((other = open("/tmp/gone", O_RDONLY | O_NONBLOCK)) >= 0 && read(in, data, 4) == 3);
    CHECK(ready(in) == POLLHUP && !ready(other));
    close(in);
    close(other);
    unlink("/tmp/gone");
}

int main(void)
{
    struct stat st;

    umask(027);
    CHECK(!mkfifo("/tmp/fifo", 0666) && !stat("/tmp/fifo", &st) && S_ISFIFO(st.st_mode) && (st.st_mode & 0777) == 0640);
    FAILS(mkfifo("/tmp/fifo", 0666), EEXIST);
    check_waiting();
    check_data();
    check_gone();
    CHECK(!mknod("/tmp/null", S_IFCHR | 0600, 0x103) && open("/tmp/null", O_RDWR) >= 0 && !unlink("/tmp/null"));
    CHECK(!mknod("/tmp/none", S_IFCHR | 0600, 0xf0f0) && open("/tmp/none", O_RDWR) == -1 && errno == ENXIO && !unlink("/tmp/none"));
    CHECK(!mknod("/tmp/plain", 0600, 0) && !stat("/tmp/plain", &st) && S_ISREG(st.st_mode) && !unlink("/tmp/plain"));
    return failures;
}
