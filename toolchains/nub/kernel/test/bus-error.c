/*
 * Shows SIGBUS: what is mapped behind the end of a file can be neither read nor
 * written, whether it never was there or has been cut off, and a handler gets
 * to know where; when the file grows, it is there.
 */
#define _GNU_SOURCE
#include "check.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096L

static sigjmp_buf back;
static volatile int code;
static void *volatile where;

static void note(int signal, siginfo_t *information, void *context)
{
    (void)signal, (void)context;
    code = information->si_code;
    where = information->si_addr;
    siglongjmp(back, 1);
}

/* What reading, or writing, leads to: the code of the signal, or 0. */
static int touch(volatile char *at, int write)
{
    code = 0;
    if (!sigsetjmp(back, 1)) {
        if (write)
            *at = 'w';
        else
            (void)*at;
    }
    return code;
}

static void grow(volatile char *p, int fd)
{
    CHECK(!touch(p, 0) && !touch(p + PAGE + 100, 0)); /* the rest of the last page is there */
    CHECK(touch(p + 2 * PAGE + 5, 0) == BUS_ADRERR && where == p + 2 * PAGE + 5);
    CHECK(touch(p + 3 * PAGE, 1) == BUS_ADRERR && where == p + 3 * PAGE);
    CHECK(!ftruncate(fd, 3 * PAGE) && !touch(p + 2 * PAGE + 5, 0) && !touch(p + 2 * PAGE + 6, 1));
    CHECK(touch(p + 3 * PAGE, 0) == BUS_ADRERR);
    CHECK(!ftruncate(fd, PAGE) && touch(p + 2 * PAGE + 6, 0) == BUS_ADRERR && !touch(p + PAGE - 1, 1));
}

int main(void)
{
    static const int kinds[] = { MAP_SHARED, MAP_PRIVATE };
    struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };

    sigaction(SIGBUS, &action, NULL);
    for (int i = 0; i < 2; i++) {
        int fd = memfd_create("bus", 0);
        char *p;

        CHECK(!ftruncate(fd, PAGE + 10));
        p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, kinds[i], fd, 0);
        grow(p, fd);
        CHECK(!munmap(p, 4 * PAGE) && !close(fd));
    }
    return failures;
}
