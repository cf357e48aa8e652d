/* expect: 255 */
/*
 * Panics by a division by zero, or with the argument "invalid" by an invalid
 * instruction. Ends with status 255.
 */
#include <stdio.h>

int main(int argc, char **argv)
{
    volatile int zero = 0;

    (void)argv;
    printf("about to fail\n");
    if (argc > 1)
        __builtin_trap();
    printf("%d\n", 100 / zero);
    return 1;
}
