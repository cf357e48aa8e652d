/*
 * What the programs share: a check that counts, and names what does not hold. A program returns
 * summary(), so that its exit status is 0 only when all of its checks held.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

static atomic_int checks, failures;

#define CHECK(condition) check((condition), #condition, __LINE__)

static inline bool check(bool holds, const char *text, int line)
{
    checks++;
    if (!holds) {
        failures++;
        printf("line %d does not hold: %s\n", line, text);
    }
    return holds;
}

static inline int summary(void)
{
    printf("%d checks, %d failed\n", checks, failures);
    return checks == 0 || failures > 0;
}

#endif
