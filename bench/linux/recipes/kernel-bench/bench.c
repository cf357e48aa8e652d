/*
 * What a kernel's basic operations cost, the same program for nub and for Linux. Prints
 * "bench: NAME NANOSECONDS" for one operation each: the least of some rounds, for others may run on the
 * machine that emulates this one.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define PAGE 4096
#define BLOCK 65536

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* Calls operation(count) and prints the least time of one of these. */
static void bench(const char *name, void (*operation)(int count), int count)
{
    double least = 0;

    for (int round = 0; round < ROUNDS; round++) {
        double start = now(), each;

        operation(count);
        each = (now() - start) / count;
        if (!round || each < least)
            least = each;
    }
    printf("bench: %s %.0f\n", name, least);
    fflush(stdout);
}

static void call(int count)
{
    while (count--)
        syscall(SYS_getppid);
}

/* The least that a call can do which changes something. */
static void set_mask(int count)
{
    while (count--)
        umask(022);
}

static void read_clock(int count)
{
    struct timespec time;

    while (count--)
        clock_gettime(CLOCK_MONOTONIC, &time);
}

static void touch_pages(int count)
{
    char *area = mmap(NULL, (size_t)count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (area == MAP_FAILED)
        fail("mmap");
    for (int page = 0; page < count; page++)
        area[(size_t)page * PAGE] = 1;
    munmap(area, (size_t)count * PAGE);
}

/* Every other page gets other rights, which makes areas of one page each. */
static void split_area(int count)
{
    size_t size = (size_t)count * 2 * PAGE;
    char *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (area == MAP_FAILED)
        fail("mmap");
    for (int page = 0; page < count; page++)
        if (mprotect(area + (size_t)page * 2 * PAGE, PAGE, PROT_READ))
            fail("mprotect");
    munmap(area, size);
}

static void *nothing(void *argument) { return argument; }

static void make_threads(int count)
{
    while (count--) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, nothing, NULL))
            fail("pthread_create");
        pthread_join(thread, NULL);
    }
}

static sem_t ping, pong;

static void *answer(void *count)
{
    for (long left = (long)count; left; left--) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return NULL;
}

static void play(int count)
{
    pthread_t thread;

    pthread_create(&thread, NULL, answer, (void *)(long)count);
    while (count--) {
        sem_post(&ping);
        sem_wait(&pong);
    }
    pthread_join(thread, NULL);
}

#define POLLERS 64
static int polled[POLLERS];

static void *poller(void *fd)
{
    struct pollfd wanted = { .fd = *(int *)fd, .events = POLLIN };

    poll(&wanted, 1, -1);
    return NULL;
}

static void signal_event(int count)
{
    int event = eventfd(0, 0);
    uint64_t value = 1;

    while (count--)
        if (write(event, &value, sizeof(value)) != sizeof(value) || read(event, &value, sizeof(value)) != sizeof(value))
            fail("eventfd");
    close(event);
}

static void event_beside_pollers(void)
{
    pthread_t threads[POLLERS];
    uint64_t value = 1;

    for (int i = 0; i < POLLERS; i++) {
        polled[i] = eventfd(0, 0);
        if (pthread_create(&threads[i], NULL, poller, &polled[i]))
            fail("pthread_create");
    }
    usleep(50000);
    bench("eventfd-beside-64-pollers", signal_event, 2000);
    for (int i = 0; i < POLLERS; i++) {
        if (write(polled[i], &value, sizeof(value)) < 0)
            fail("write");
        pthread_join(threads[i], NULL);
        close(polled[i]);
    }
}

#define FILES 3000

static const char *name_of(int number)
{
    static char name[64];

    snprintf(name, sizeof(name), "/tmp/bench/file-%d", number);
    return name;
}

static void look_up(int count)
{
    struct stat attributes;

    for (int i = 0; i < count; i++)
        if (stat(name_of(i * 37 % FILES), &attributes))
            fail("stat");
}

static void look_up_among_many(void)
{
    mkdir("/tmp/bench", 0700);
    for (int i = 0; i < FILES; i++)
        close(open(name_of(i), O_CREAT | O_WRONLY, 0600));
    bench("stat-among-3000", look_up, FILES);
    for (int i = 0; i < FILES; i++)
        unlink(name_of(i));
}

static char block[BLOCK];
static int ends[2];

static void *write_blocks(void *count)
{
    for (long left = (long)count; left; left--)
        for (size_t done = 0; done < BLOCK;) {
            ssize_t part = write(ends[1], block + done, BLOCK - done);

            if (part < 0)
                fail("write");
            done += part;
        }
    return NULL;
}

static void pass_through_pipe(int count)
{
    static char to[BLOCK];
    pthread_t thread;

    if (pipe(ends))
        fail("pipe");
    pthread_create(&thread, NULL, write_blocks, (void *)(long)count);
    for (size_t left = (size_t)count * BLOCK; left;) {
        ssize_t part = read(ends[0], to, BLOCK);

        if (part <= 0)
            fail("read");
        left -= part;
    }
    pthread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
}

static void read_file(int count)
{
    int file = open("/tmp/bench-file", O_RDWR | O_CREAT, 0600);

    for (int i = 0; i < 16; i++)
        if (pwrite(file, block, BLOCK, (off_t)i * BLOCK) != BLOCK)
            fail("pwrite");
    while (count--)
        if (pread(file, block, BLOCK, (off_t)(count % 16) * BLOCK) != BLOCK)
            fail("pread");
    close(file);
}

int main(void)
{
    mkdir("/tmp", 0777);
    bench("getppid", call, 20000);
    bench("umask", set_mask, 20000);
    bench("clock_gettime", read_clock, 20000);
    bench("fault-per-page", touch_pages, 2000);
    bench("mprotect-that-splits", split_area, 500);
    bench("pthread-create-join", make_threads, 200);
    bench("semaphore-ping-pong", play, 500);
    event_beside_pollers();
    look_up_among_many();
    bench("pipe-64KiB", pass_through_pipe, 32);
    bench("pread-64KiB", read_file, 200);
    puts("bench: end 0");
    return 0;
}
