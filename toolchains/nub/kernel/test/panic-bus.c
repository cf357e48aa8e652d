/* expect: 255 */
/*
 * Panics with a word about the file because it reads what was mapped from one
 * that has become too short, and has no handler of SIGBUS. Ends with status 255.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    int fd = memfd_create("short", 0);
    volatile char *p;

    ftruncate(fd, 8192);
    p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    printf("%d, with two pages\n", p[4096]);
    ftruncate(fd, 4096);
    printf("%d, with one\n", p[4096]);
    return 1;
}
