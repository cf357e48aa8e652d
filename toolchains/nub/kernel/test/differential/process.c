/* The state of the process between two cases, and the watchdog over them. */
#define _GNU_SOURCE
#include "record.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define HOME "/tmp/differential"

enum { PATIENCE = 50 /* tenths of a second */, HUNG = 3 };

static const char *volatile watched = "start";
static volatile unsigned beginnings;

static void *watch(void *unused)
{
    unsigned seen = beginnings;
    int tenths = 0;
    for (;;) {
        struct timespec tenth = {0, 100 * 1000 * 1000};
        nanosleep(&tenth, NULL);
        tenths = seen == beginnings ? tenths + 1 : 0;
        seen = beginnings;
        if (tenths < PATIENCE)
            continue;
        put_line("hung %s", watched);
        _exit(HUNG);
    }
    return unused;
}

void watchdog_start(void)
{
    sigset_t all, before;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    if (pthread_create(&thread, NULL, watch, NULL) != 0)
        put_line("no watchdog");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void watchdog_begin(const char *what)
{
    watched = what;
    beginnings++;
}

/* Removes what is in the current folder, and leaves it at the same place. */
static void empty_folder(void)
{
    DIR *folder = opendir(".");
    struct dirent *entry;
    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlink(entry->d_name) == 0)
            continue;
        if (chdir(entry->d_name) == 0) {
            empty_folder();
            if (chdir("..") != 0)
                break;
        }
        rmdir(entry->d_name);
        rewinddir(folder);
    }
    closedir(folder);
}

static void reset_signals(void)
{
    sigset_t all, none;
    struct itimerval off = {0};
    setitimer(ITIMER_REAL, &off, NULL);
    sigfillset(&all);
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    /* To ignore a signal throws away those that are pending. */
    for (int signal_number = 1; signal_number <= 64; signal_number++)
        signal(signal_number, SIG_IGN);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    for (int signal_number = 1; signal_number <= 64; signal_number++)
        signal(signal_number, SIG_DFL);
}

void start_afresh(void)
{
    reset_signals();
    for (int fd = 3; fd < 128; fd++)
        close(fd);
    umask(022);
    mkdir(HOME, 0755);
    if (chdir(HOME) == 0)
        empty_folder();
    /* A new folder each time: a case may have removed or renamed the old one. */
    if (chdir("/tmp") != 0 || (rmdir(HOME) != 0 && errno != ENOENT) ||
        mkdir(HOME, 0755) != 0 || chdir(HOME) != 0) {
        put_line("no folder: %s", error_name(errno));
        _exit(4);
    }
    errno = 0;
}
