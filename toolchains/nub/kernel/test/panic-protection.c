/* expect: 255 */
/*
 * Panics, as the first argument says, by a write where none is allowed:
 * text, rodata, files, or readonly (a mapping); or by executing data.
 * Every one of them ends with status 255.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static const char constant[] = "constant";
static char code[] = "\xc3";
extern char __nub_files[];

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "text";
    volatile char *target = (volatile char *)(uintptr_t)main;

    printf("breaking the protection of: %s\n", what);
    if (!strcmp(what, "data"))
        ((void (*)(void))(uintptr_t)code)();
    if (!strcmp(what, "rodata"))
        target = (volatile char *)(uintptr_t)constant;
    if (!strcmp(what, "files"))
        target = __nub_files;
    if (!strcmp(what, "readonly"))
        target = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *target = 0;
    printf("nothing happened\n");
    return 1;
}
