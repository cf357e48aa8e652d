/*
 * The first process of a Linux that runs one program, /bin/program, with the arguments that stand
 * behind "--" on the kernel's command line, and powers off when it ends.
 *
 * With memory=N before the "--" it says when the program begins, and every N seconds how much memory
 * is free.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void print_memory(void)
{
    unsigned long total = 0, unused = 0, available = 0;
    char line[128];
    FILE *file = fopen("/proc/meminfo", "r");

    while (file && fgets(line, sizeof(line), file)) {
        sscanf(line, "MemTotal: %lu", &total);
        sscanf(line, "MemFree: %lu", &unused);
        sscanf(line, "MemAvailable: %lu", &available);
    }
    if (file)
        fclose(file);
    printf("init: memory: MemTotal %lu KiB, MemFree %lu KiB, MemAvailable %lu KiB\n",
           total, unused, available);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const char *memory = getenv("memory");
    struct timespec period = { .tv_sec = memory ? atoi(memory) : 0 };
    sigset_t child_ends;
    int status = 0;

    (void)argc;
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sysfs", "/sys", "sysfs", 0, NULL);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    puts("init: main");
    fflush(stdout);

    sigemptyset(&child_ends);
    sigaddset(&child_ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_ends, NULL);
    pid_t child = fork();
    if (child == 0) {
        sigprocmask(SIG_UNBLOCK, &child_ends, NULL);
        if (memory) {
            puts("init: program");
            fflush(stdout);
            unsetenv("memory");
        }
        argv[0] = "/bin/program";
        execv(argv[0], argv);
        perror(argv[0]);
        _exit(127);
    }
    while (waitpid(-1, &status, memory ? WNOHANG : 0) != child)
        if (memory && sigtimedwait(&child_ends, NULL, &period) < 0)
            print_memory();
    if (WIFSIGNALED(status))
        printf("init: %s\n", strsignal(WTERMSIG(status)));
    else
        printf("init: exit status %d\n", WEXITSTATUS(status));
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
