/*
 * The smallest program worth booting: it prints a greeting and its arguments, then the file that
 * was packed into its image, and fails when the file is not there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char motd[] = "/etc/motd";

int main(int argc, char **argv)
{
    printf("Hello from a stub domain.\n");
    for (int i = 0; i < argc; i++)
        printf("argv[%d] = %s\n", i, argv[i]);

    FILE *file = fopen(motd, "r");
    if (!file) {
        fprintf(stderr, "hello: cannot open %s: %s\n", motd, strerror(errno));
        return 1;
    }
    char line[256];
    while (fgets(line, sizeof line, file))
        printf("%s: %s", motd, line);
    int failed = ferror(file);
    fclose(file);
    if (failed) {
        fprintf(stderr, "hello: cannot read %s\n", motd);
        return 1;
    }
    return 0;
}
