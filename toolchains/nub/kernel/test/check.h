/*
 * What the tests share: a check that says what it checked. A test prints a
 * line for each check and exits with the number of those that failed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int failures;

#define CHECK(condition) check(condition, #condition)

static inline int check(int good, const char *text)
{
    printf("%s: %s\n", good ? "ok" : "FAILED", text);
    failures += !good;
    return good;
}
