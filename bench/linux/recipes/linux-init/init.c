/*
 * The first process of a Linux that runs one program, /bin/program, with the arguments that stand
 * behind "--" on the kernel's command line, and powers off when it ends.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int status = 0;

    (void)argc;
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sysfs", "/sys", "sysfs", 0, NULL);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    puts("init: main");
    fflush(stdout);

    pid_t child = fork();
    if (child == 0) {
        argv[0] = "/bin/program";
        execv(argv[0], argv);
        perror(argv[0]);
        _exit(127);
    }
    while (wait(&status) != child)
        ;
    if (WIFSIGNALED(status))
        printf("init: %s\n", strsignal(WTERMSIG(status)));
    else
        printf("init: exit status %d\n", WEXITSTATUS(status));
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
