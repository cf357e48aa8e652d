/*
 * Shows how the command line becomes arguments, and what else is on a new
 * process's stack. Boot it with the words:  one 'two  words' "a \"quote\"" back\ slash ''
 */
#include "check.h"
#include <elf.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct utsname name;
    const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);

    for (int i = 0; i < argc; i++)
        printf("argv[%d] = <%s>\n", i, argv[i]);
    CHECK(argv[argc] == NULL);
    if (argc == 6) {
        CHECK(!strcmp(argv[1], "one"));
        CHECK(!strcmp(argv[2], "two  words"));
        CHECK(!strcmp(argv[3], "a \"quote\""));
        CHECK(!strcmp(argv[4], "back slash"));
        CHECK(!strcmp(argv[5], ""));
    }
    CHECK(!strcmp(getenv("HOME"), "/"));
    CHECK(getauxval(AT_PAGESZ) == 4096);
    CHECK(getauxval(AT_PHDR) != 0);
    CHECK(random && (random[0] | random[1] | random[2] | random[3]));
    CHECK(!uname(&name) && !strcmp(name.sysname, "Linux"));
    CHECK(getpid() == 1 && getuid() == 0);
    CHECK(isatty(1));
    /* The verdict must be a line of its own, although this one has no end. */
    printf("the end");
    return failures;
}
