/* Text to numbers: correct rounding at the hard places, ranges, and where the number ends. */
#include "check.h"
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits(double value)
{
    uint64_t all;

    memcpy(&all, &value, sizeof all);
    return all;
}

static bool reads(const char *text, uint64_t expected)
{
    char *end;
    double value = strtod(text, &end);

    if (bits(value) != expected)
        printf("  %s is %016" PRIx64 "\n", text, bits(value));
    return bits(value) == expected && !*end;
}

static void doubles(void)
{
    /* IEEE 754's patterns, worked out by exact arithmetic. */
    CHECK(reads("0", 0));
    CHECK(reads("-0.0", 0x8000000000000000));
    CHECK(reads("1", 0x3ff0000000000000));
    CHECK(reads("0.1", 0x3fb999999999999a));
    CHECK(reads("1e23", 0x44b52d02c7e14af6));
    CHECK(reads("9007199254740993", 0x4340000000000000));
    CHECK(reads("9007199254740993.00000000000000000000000001", 0x4340000000000001));
    CHECK(reads("9007199254740995", 0x4340000000000002));
    CHECK(reads("2.2250738585072014e-308", 0x0010000000000000));
    CHECK(reads("2.2250738585072011e-308", 0x000fffffffffffff));
    CHECK(reads("4.9406564584124654e-324", 1));
    CHECK(reads("1.7976931348623157e308", 0x7fefffffffffffff));
    CHECK(reads("0x1.8p1", 0x4008000000000000));
    CHECK(reads("0x.00000000000008p0", 0x3ca0000000000000));
    CHECK(reads("infinity", 0x7ff0000000000000));
    CHECK(isnan(strtod("nan", NULL)));
}

static void ranges(void)
{
    char *end;

    errno = 0;
    CHECK(strtod("1e400", NULL) == HUGE_VAL && errno == ERANGE);
    errno = 0;
    CHECK(strtod("1e-400", NULL) == 0 && errno == ERANGE);
    CHECK(strtod("1.5e+x", &end) == 1.5 && !strcmp(end, "e+x"));
    CHECK(strtod("nothing", &end) == 0 && !strcmp(end, "nothing"));
    CHECK(strtof("16777217", NULL) == 16777216.0f && strtof("3.4028236e38", NULL) == HUGE_VALF);
    CHECK(strtold("0.5", NULL) == 0.5L);

    errno = 0;
    CHECK(strtol("99999999999999999999", NULL, 10) == LONG_MAX && errno == ERANGE);
    errno = 0;
    CHECK(strtol("-99999999999999999999", NULL, 10) == LONG_MIN && errno == ERANGE);
    errno = 0;
    CHECK(strtoll("9223372036854775807", NULL, 10) == LLONG_MAX && errno == 0);
    CHECK(strtoull("18446744073709551616", NULL, 10) == ULLONG_MAX && errno == ERANGE);
    CHECK(strtoul("-1", NULL, 10) == ULONG_MAX);
    CHECK(strtol("  +0x1Fz", &end, 0) == 31 && !strcmp(end, "z"));
    CHECK(strtol("0x", &end, 16) == 0 && !strcmp(end, "x"));
    CHECK(strtol("zz", NULL, 36) == 35 * 36 + 35 && strtol("012", NULL, 0) == 10);
    errno = 0;
    CHECK(strtol("1", NULL, 1) == 0 && errno == EINVAL);
    CHECK(strtoimax("-12", NULL, 10) == -12 && atoi("42x") == 42);
}

/* What printf prints with 17 digits is the same number again. */
static void round_trips(void)
{
    uint64_t state = 88172645463325252u;
    bool good = true;

    for (int i = 0; i < 2000; i++) {
        char text[64];
        double value;
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        memcpy(&value, &state, sizeof value);
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, "%.17g", value);
        good &= bits(strtod(text, NULL)) == state;
        snprintf(text, sizeof text, "%a", value);
        good &= bits(strtod(text, NULL)) == state;
    }
    CHECK(good);
}

int main(void)
{
    doubles();
    ranges();
    round_trips();
    return summary();
}
