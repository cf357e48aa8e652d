/*
 * Shows floating point and vector registers, thread-local variables, and
 * functions that run before main.
 */
#include "check.h"
#include <math.h>
#include <stdlib.h>

static __thread int counter = 41;
static __thread char zeroes[5000];
static int constructed;

__attribute__((constructor)) static void construct(void)
{
    constructed = 1;
}

typedef float vector __attribute__((vector_size(16)));

int main(void)
{
    volatile double two = 2;
    volatile long double third = 1.0L / 3;
    vector a = { 1, 2, 3, 4 }, b = { 10, 20, 30, 40 };
    volatile vector sum;
    char text[64];

    for (int i = 0; i < 1000; i++)
        sum = a + b;
    CHECK(sum[0] == 11 && sum[3] == 44);
    CHECK(fabs(sqrt(two) - 1.41421356237309505) < 1e-15);
    CHECK(fabs(sin(two) - 0.90929742682568170) < 1e-15);
    CHECK(third * 3 == 1.0L);
    snprintf(text, sizeof(text), "%.10f %g", exp(two), 1e-300);
    CHECK(!strcmp(text, "7.3890560989 1e-300"));
    CHECK(strtod("0.1", NULL) == 0.1);
    counter++;
    CHECK(counter == 42 && !zeroes[4999]);
    CHECK(constructed);
    return failures;
}
