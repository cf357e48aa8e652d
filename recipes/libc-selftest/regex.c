/* Patterns: POSIX regular expressions, basic and extended, and fnmatch. */
#define _GNU_SOURCE
#include "check.h"
#include <fnmatch.h>
#include <regex.h>
#include <string.h>

/* Where the whole and its first group match, or -1. */
static bool matches(const char *pattern, int flags, const char *text, int from, int to, int group_from, int group_to)
{
    regex_t regex;
    regmatch_t found[2] = { { -1, -1 }, { -1, -1 } };

    if (regcomp(&regex, pattern, flags))
        return false;
    int code = regexec(&regex, text, 2, found, 0);
    regfree(&regex);
    if (from < 0)
        return code == REG_NOMATCH;
    return !code && found[0].rm_so == from && found[0].rm_eo == to && found[1].rm_so == group_from && found[1].rm_eo == group_to;
}

static bool is_wrong(const char *pattern, int expected)
{
    regex_t regex;
    char text[64];
    int code = regcomp(&regex, pattern, REG_EXTENDED);

    if (!code)
        regfree(&regex);
    return code == expected && regerror(code, &regex, text, sizeof text) > 1;
}

int main(void)
{
    CHECK(matches("b+", REG_EXTENDED, "abbbc", 1, 4, -1, -1));
    CHECK(matches("a(b|cd)*e", REG_EXTENDED, "xabcdbe", 1, 7, 5, 6));
    CHECK(matches("^(a|ab)(c|bcd)$", REG_EXTENDED, "abcd", 0, 4, 0, 1));
    CHECK(matches("[[:digit:]]{2,3}", REG_EXTENDED, "a1b1234", 3, 6, -1, -1));
    CHECK(matches("[^[:space:]]+$", REG_EXTENDED, "one two", 4, 7, -1, -1));
    CHECK(matches("x*", REG_EXTENDED, "abc", 0, 0, -1, -1));
    CHECK(matches("HELLO", REG_EXTENDED | REG_ICASE, "say hello", 4, 9, -1, -1));
    CHECK(matches("^b", REG_EXTENDED | REG_NEWLINE, "a\nb", 2, 3, -1, -1));
    CHECK(matches("^b", REG_EXTENDED, "a\nb", -1, -1, -1, -1));
    CHECK(matches("\\(a\\)\\1", 0, "xaa", 1, 3, 1, 2));
    CHECK(matches("a\\{2\\}", 0, "aaa", 0, 2, -1, -1));
    CHECK(matches("a+", 0, "aa+", 1, 3, -1, -1));
    CHECK(is_wrong("(", REG_EPAREN) && is_wrong("[a", REG_EBRACK) && is_wrong("a{2,1}", REG_BADBR));

    CHECK(!fnmatch("*.c", "main.c", 0) && fnmatch("*.c", "main.h", 0) == FNM_NOMATCH);
    CHECK(!fnmatch("*/b", "a/a/b", 0) && fnmatch("*/b", "a/a/b", FNM_PATHNAME) == FNM_NOMATCH);
    CHECK(fnmatch("*", ".hidden", FNM_PERIOD) == FNM_NOMATCH && !fnmatch("[!a-c]?", "dx", 0));
    CHECK(!fnmatch("A*", "abc", FNM_CASEFOLD) && !fnmatch("\\*", "*", 0));
    return summary();
}
