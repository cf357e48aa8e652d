/*
 * Waits for a SIGTERM in peace and ends well; with `plain` dies of it, with `abort` at once.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    sigset_t set;
    int signal;

    if (argc > 1 && !strcmp(argv[1], "abort"))
        abort();
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if (argc == 1)
        sigprocmask(SIG_BLOCK, &set, NULL);
    printf("ready\n");
    fflush(stdout);
    if (argc > 1)
        for (;;)
            pause();
    sigwait(&set, &signal);
    printf("asked to end by signal %d\n", signal);
    return signal != SIGTERM;
}
