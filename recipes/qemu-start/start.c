/*
 * Begins where the C library would call QEMU's main; the linker gives it that call
 * (--wrap=main). Without a guest to serve, QEMU starts with the image's own command line.
 */
#include "start.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);

void fail(const char *why, ...)
{
    va_list list;

    va_start(list, why);
    fputs("stub domain: ", stderr);
    vfprintf(stderr, why, list);
    fputc('\n', stderr);
    va_end(list);
    exit(1);
}

int __wrap_main(int argc, char **argv)
{
    static struct role role;

    if (!role_read(&role, argv[0]))
        return __real_main(argc, argv);
    complete_arguments(&role);
    serve_monitor(&role);
    return __real_main(role.count, role.arguments);
}
