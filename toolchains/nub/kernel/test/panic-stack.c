/*
 * Panics by using up the stack. Ends with status 255, except under Xen PV,
 * where the hypervisor ends the domain: it cannot push the exception.
 */
#include <stdio.h>

__attribute__((noinline)) static int deeper(volatile int *above)
{
    volatile int here[100];

    here[0] = *above + 1;
    return deeper(here) + here[0];
}

int main(void)
{
    volatile int zero = 0;

    printf("going down\n");
    printf("%d\n", deeper(&zero));
    return 1;
}
