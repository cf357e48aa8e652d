/* expect: 255 */
/*
 * Panics because memory that was promised (a big mapping) is not there when it
 * is touched. Ends with status 255.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int main(void)
{
    for (;;) {
        char *p = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (p == MAP_FAILED)
            return 1;
        memset(p, 1, 16 << 20);
        printf("16 MiB more\n");
    }
}
