/*
 * Shows environment variables that the image and the boot command line set. The
 * image has the words env.PACKED=yes env.HOME=/packed first; boot it with the
 * words env.HOME=/given 'env.GREETING=hello there' env.EMPTY= env. second
 */
#include "check.h"
#include <stdlib.h>

extern char **environ;

int main(int argc, char **argv)
{
    int homes = 0;

    for (char **at = environ; *at; at++) {
        printf("%s\n", *at);
        homes += !strncmp(*at, "HOME=", 5);
    }
    CHECK(argc == 3 && !strcmp(argv[1], "env.") && !strcmp(argv[2], "second") && !argv[3]);
    CHECK(getenv("PACKED") && !strcmp(getenv("PACKED"), "yes"));
    CHECK(homes == 1 && !strcmp(getenv("HOME"), "/given"));
    CHECK(getenv("GREETING") && !strcmp(getenv("GREETING"), "hello there"));
    CHECK(getenv("EMPTY") && !*getenv("EMPTY"));
    CHECK(getenv("PATH") && !getenv("NOTHING"));
    return failures;
}
