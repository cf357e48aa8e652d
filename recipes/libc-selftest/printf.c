/* The printf family: every conversion, flag, width and precision, against what the C standard says. */
#define _GNU_SOURCE
#include "check.h"
#include <float.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define PRINTS(expected, ...) \
    do { \
        char text_[600]; \
        int length_ = snprintf(text_, sizeof text_, __VA_ARGS__); \
        if (!CHECK(!strcmp(text_, expected) && length_ == (int)strlen(expected))) \
            printf("  printed '%s' and not '%s'\n", text_, expected); \
    } while (0)

static void integers(void)
{
    PRINTS("0 -1 2147483647 -2147483648", "%d %i %d %d", 0, -1, INT_MAX, INT_MIN);
    PRINTS("4294967295 ffffffff FFFFFFFF 37777777777", "%u %x %X %o", -1u, -1u, -1u, -1u);
    PRINTS("9223372036854775807 -9223372036854775808", "%lld %lld", LLONG_MAX, LLONG_MIN);
    PRINTS("18446744073709551615", "%ju", UINTMAX_MAX);
    PRINTS("-1 255 -1 65535", "%hhd %hhu %hd %hu", 255, 255, 65535, 65535);
    PRINTS("7 -7 7", "%zu %td %ld", (size_t)7, (ptrdiff_t)-7, 7L);
    PRINTS("[   42] [42   ] [00042] [+42] [ 42]", "[%5d] [%-5d] [%05d] [%+d] [% d]", 42, 42, 42, 42, 42);
    PRINTS("[  042] [042  ] [+042]", "[%5.3d] [%-5.3d] [%+.3d]", 42, 42, 42);
    PRINTS("[] [7]", "[%.0d] [%.0d]", 0, 7);
    PRINTS("0x2a 0X2A 052 0 0", "%#x %#X %#o %#x %#o", 42, 42, 42, 0, 0);
    PRINTS("[    7] [7    ]", "[%*d] [%*d]", 5, 7, -5, 7);
    PRINTS("second first", "%2$s %1$s", "first", "second");
}

static void texts(void)
{
    char text[8];
    int count = 0;

    PRINTS("[  abc] [abc  ] [ab] []", "[%5s] [%-5s] [%.2s] [%.0s]", "abc", "abc", "abc", "abc");
    PRINTS("%c A", "%%c %c", 'A');
    PRINTS("abc!", "abc%n!", &count);
    CHECK(count == 3);
    /* What does not fit is counted all the same, and the end is always there. */
    CHECK(snprintf(text, sizeof text, "%s", "longer than eight") == 17 && !strcmp(text, "longer "));
    CHECK(snprintf(NULL, 0, "%d", 12345) == 5);
    CHECK(snprintf(text, 1, "x") == 1 && text[0] == 0);

    char *made = NULL;
    CHECK(asprintf(&made, "%s-%d", "made", 7) == 6 && !strcmp(made, "made-7"));
    free(made);
    PRINTS("wide: \xc3\xa4", "wide: %ls", L"\xe4");
}

static void reals(void)
{
    PRINTS("0.000000 1.500000 -2.250000", "%f %f %f", 0.0, 1.5, -2.25);
    PRINTS("3 4 -0 1e+06", "%.0f %.0f %.0f %g", 2.51, 3.5, -0.0, 1e6);
    /* Exact halves go to the even digit. */
    PRINTS("0 2 2 4", "%.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5);
    PRINTS("1.234560e+03 1.2E-05", "%e %.1E", 1234.56, 0.000012);
    PRINTS("0.0001 1e-05 123456 1.23457e+06", "%g %g %g %g", 1e-4, 1e-5, 123456.0, 1234567.0);
    PRINTS("1.00000 1", "%#g %g", 1.0, 1.0);
    PRINTS("inf -inf nan INF", "%f %f %g %F", INFINITY, -INFINITY, fabs(NAN), INFINITY);
    PRINTS("[     inf] [  nan]", "[%08f] [%05f]", INFINITY, fabs(NAN));
    PRINTS("0x1p+0 0x1.8p+1 -0x1p-1", "%a %a %a", 1.0, 3.0, -0.5);
    PRINTS("0x1.fffffffffffffp+1023", "%a", DBL_MAX);
    PRINTS("[  1.50] [1.50  ] [001.50] [+1.5]", "[%6.2f] [%-6.2f] [%06.2f] [%+.1f]", 1.5, 1.5, 1.5, 1.5);
    PRINTS("0.1000000000000000055511151231257827021181583404541015625", "%.55f", 0.1);
    PRINTS("4.9406564584124654e-324", "%.17g", 4.9406564584124654e-324);
    PRINTS("1.7976931348623157e+308", "%.17g", DBL_MAX);
    PRINTS("99999999999999991611392", "%.0f", 1e23);
    PRINTS("0.333333333333333333342", "%.21Lf", 1.0L / 3.0L);
    PRINTS("1.18973149535723176502e+4932", "%.20Le", LDBL_MAX);
}

static void backwards(void)
{
    int a = 0, b = 0, end = 0;
    unsigned hex = 0;
    double real = 0;
    char word[16], set[16], *made = NULL;
    long long big = 0;

    CHECK(sscanf(" 12 -0x1f", "%d %i", &a, &b) == 2 && a == 12 && b == -31);
    CHECK(sscanf("ffz", "%x%n", &hex, &end) == 1 && hex == 255 && end == 2);
    CHECK(sscanf("1.5e3 word", "%lf %15s", &real, word) == 2 && real == 1500 && !strcmp(word, "word"));
    CHECK(sscanf("abc123", "%15[a-c]%d", set, &a) == 2 && !strcmp(set, "abc") && a == 123);
    CHECK(sscanf("key=value", "%*[^=]=%7s", word) == 1 && !strcmp(word, "value"));
    CHECK(sscanf("", "%d", &a) == EOF && sscanf("x", "%d", &a) == 0);
    CHECK(sscanf("9223372036854775807", "%lld", &big) == 1 && big == LLONG_MAX);
    CHECK(sscanf("12345", "%2d%3d", &a, &b) == 2 && a == 12 && b == 345);
    CHECK(sscanf("allocated", "%ms", &made) == 1 && !strcmp(made, "allocated"));
    free(made);
    CHECK(sscanf("100%", "%d%%%n", &a, &end) == 1 && end == 4);
}

int main(void)
{
    /* For %ls; every locale of musl's speaks UTF-8. */
    setlocale(LC_CTYPE, "C.UTF-8");
    integers();
    texts();
    reals();
    backwards();
    return summary();
}
