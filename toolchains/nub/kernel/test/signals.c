/* expect: 134 */
/*
 * Shows the signals that a program sends to itself: handled, blocked, ignored;
 * and last the one that ends it, with status 134 (128 + SIGABRT).
 */
#include "check.h"
#include <signal.h>
#include <stdlib.h>

static volatile int caught;

static void handler(int signal)
{
    caught = signal;
}

int main(void)
{
    sigset_t set, old;

    CHECK(signal(SIGUSR1, handler) != SIG_ERR);
    CHECK(!raise(SIGUSR1) && caught == SIGUSR1);
    caught = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(!sigprocmask(SIG_BLOCK, &set, &old));
    CHECK(!raise(SIGUSR1) && !caught);
    CHECK(!sigprocmask(SIG_SETMASK, &old, NULL) && caught == SIGUSR1);
    CHECK(signal(SIGTERM, SIG_IGN) != SIG_ERR && !raise(SIGTERM));
    if (failures)
        return failures;
    abort();
}
