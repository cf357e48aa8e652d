/*
 * Shows that a program cannot take the kernel stacks of its threads away, wherever
 * they are: what is neither in its maps nor used stays out of reach, and threads
 * live on when all has been tried.
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096UL
#define THREADS 24

static pthread_barrier_t begin, end;

static void *wait_in_kernel(void *unused)
{
    (void)unused;
    pthread_barrier_wait(&begin);
    pthread_barrier_wait(&end);
    return NULL;
}

/* The highest address of the program's, and the address behind which nothing can be
 * mapped. Kernel stacks have been where the program's memory is, or right behind it. */
static uintptr_t highest(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned long from, to, most = 0;
    char line[300];

    while (fgets(line, sizeof(line), maps))
        if (sscanf(line, "%lx-%lx", &from, &to) == 2 && !strstr(line, "[v") && to > most)
            most = to;
    fclose(maps);
    return most;
}

/* Areas without a name and a purpose that a new thread has brought. */
static int count_areas(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[300];
    int count = 0;

    while (fgets(line, sizeof(line), maps))
        count++;
    fclose(maps);
    return count;
}

/* Every page behind the program's memory, and before where addresses end. */
static void attack(uintptr_t from, uintptr_t to)
{
    long mapped = 0, done = 0;

    for (uintptr_t at = from; at < to; at += PAGE) {
        munmap((void *)at, PAGE);
        done += !mprotect((void *)at, PAGE, PROT_NONE);
        done += !madvise((void *)at, PAGE, MADV_DONTNEED);
        if (at % (64 * PAGE) == 0)
            mapped += mmap((void *)at, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
    }
    CHECK(!done);
    printf("mapped %ld\n", mapped);
}

int main(void)
{
    static char stacks[THREADS][65536] __attribute__((aligned(4096)));
    pthread_t threads[THREADS];
    uintptr_t top = highest();
    int before;

    pthread_barrier_init(&begin, NULL, THREADS + 1);
    pthread_barrier_init(&end, NULL, THREADS + 1);
    before = count_areas();
    for (int i = 0; i < THREADS; i++) {
        pthread_attr_t attributes;

        pthread_attr_init(&attributes);
        pthread_attr_setstack(&attributes, stacks[i], sizeof(stacks[i]));
        pthread_create(&threads[i], &attributes, wait_in_kernel, NULL);
    }
    pthread_barrier_wait(&begin);
    /* With stacks in the program's own data, threads need no memory that it knows of. */
    CHECK(count_areas() <= before + 1);
    attack(top, top + 2000 * PAGE < top ? -PAGE : top + 2000 * PAGE);
    pthread_barrier_wait(&end);
    for (int i = 0; i < THREADS; i++)
        CHECK(!pthread_join(threads[i], NULL));
    CHECK(pthread_create(&threads[0], NULL, wait_in_kernel, NULL) == 0);
    return failures;
}
