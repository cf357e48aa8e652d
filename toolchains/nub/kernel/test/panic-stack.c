/* expect: 255 */
/*
 * Panics by using up the stack. By default every step makes a system call,
 * where the kernel looks at what is left. With the argument "silent" none does:
 * the guard page is hit, which ends in a panic under PVH, and under Xen PV in
 * the hypervisor's ending of the domain: it cannot push the exception.
 */
#include <stdio.h>
#include <unistd.h>

static int silent;

__attribute__((noinline)) static int deeper(volatile int *above)
{
    volatile int here[100];

    if (!silent)
        getppid();
    here[0] = *above + 1;
    return deeper(here) + here[0];
}

int main(int argc, char **argv)
{
    volatile int zero = 0;

    (void)argv;
    silent = argc > 1;
    printf("going down\n");
    printf("%d\n", deeper(&zero));
    return 1;
}
