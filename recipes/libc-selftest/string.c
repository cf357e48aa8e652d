/* Strings and memory: every length and alignment up to some words, and the edges of each function. */
#define _GNU_SOURCE
#include "check.h"
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 16, LONGEST = 96 };

static unsigned char a[256], b[256];

static void fill(void)
{
    for (size_t i = 0; i < sizeof a; i++) {
        a[i] = i * 7 + 1;
        b[i] = 0xee;
    }
}

/* Were the bytes from..from+size of b taken from `source`, and nothing around them touched? */
static bool only(size_t from, size_t size, const unsigned char *source)
{
    for (size_t i = 0; i < sizeof b; i++) {
        bool inside = i >= from && i < from + size;
        if (b[i] != (inside ? source[i - from] : 0xee))
            return false;
    }
    return true;
}

static void copies(void)
{
    bool copied = true, set = true, moved = true, found = true;

    for (size_t to = MARGIN; to < MARGIN + 9; to++) {
        for (size_t from = 0; from < 9; from++) {
            for (size_t size = 0; size <= LONGEST; size++) {
                fill();
                copied &= memcpy(b + to, a + from, size) == b + to && only(to, size, a + from);
            }
        }
        for (size_t size = 0; size <= LONGEST; size++) {
            unsigned char same[LONGEST];
            fill();
            for (size_t i = 0; i < sizeof same; i++)
                same[i] = 0x5a;
            memset(b + to, 0x15a, size);
            set &= only(to, size, same);
            found &= memchr(b, 0x5a, sizeof b) == (size ? b + to : NULL);
            found &= memrchr(b, 0x5a, sizeof b) == (size ? b + to + size - 1 : NULL);
        }
    }
    for (int step = -20; step <= 20; step++) {
        for (size_t size = 0; size <= LONGEST; size++) {
            unsigned char before[LONGEST];
            fill();
            for (size_t i = 0; i < size; i++)
                before[i] = a[40 + i];
            memmove(a + 40 + step, a + 40, size);
            moved &= !memcmp(a + 40 + step, before, size);
        }
    }
    CHECK(copied);
    CHECK(set);
    CHECK(found);
    CHECK(moved);
}

static void lengths(void)
{
    bool good = true;
    char text[LONGEST + 16];

    for (size_t start = 0; start < 9; start++) {
        for (size_t size = 0; size < LONGEST; size++) {
            memset(text, 'x', sizeof text);
            text[start + size] = 0;
            good &= strlen(text + start) == size;
            good &= strnlen(text + start, 50) == (size < 50 ? size : 50);
            good &= strchr(text + start, 0) == text + start + size;
            good &= strrchr(text + start, 'x') == (size ? text + start + size - 1 : NULL);
        }
    }
    CHECK(good);
}

static void comparisons(void)
{
    CHECK(strcmp("", "") == 0);
    CHECK(strcmp("a", "") > 0 && strcmp("", "a") < 0);
    /* Characters compare as unsigned. */
    CHECK(strcmp("\x80", "\x7f") > 0 && memcmp("\xff", "\x01", 1) > 0);
    CHECK(strncmp("abcX", "abcY", 3) == 0 && strncmp("abcX", "abcY", 4) < 0);
    CHECK(strncmp("a\0b", "a\0c", 3) == 0);
    CHECK(strcasecmp("HeLLo", "hEllO") == 0 && strncasecmp("ABCd", "abcE", 3) == 0);
    CHECK(strverscmp("file9", "file10") < 0 && strverscmp("1.02", "1.1") < 0);
    CHECK(memcmp("abc", "abd", 2) == 0 && memcmp("abc", "abd", 3) < 0);
}

static void searches(void)
{
    char periods[64];

    CHECK(strstr("needle in a haystack", "hay") != NULL);
    CHECK(strstr("short", "longer than it") == NULL);
    CHECK(!strcmp(strstr("aaaaab", "aab"), "aab"));
    CHECK(!strcmp(strstr("text", ""), "text"));
    memset(periods, 'a', 63);
    periods[63] = 0;
    CHECK(strstr(periods, "aaaaaaaaaaaaaaaaaaaaaaaaab") == NULL);
    CHECK(memmem("a\0b\0c", 5, "b\0c", 3) != NULL && memmem("abc", 3, "bcd", 3) == NULL);
    CHECK(strspn("aabbc", "ab") == 4 && strcspn("hello, you", ",") == 5);
    CHECK(!strcmp(strpbrk("key=value", "=:"), "=value") && !strpbrk("key", "=:"));
    CHECK(!strcmp(strcasestr("Some Text", "te"), "Text"));
    CHECK(!strcmp(strchrnul("abc", 'x'), "") && !strcmp(strchrnul("abc", 'b'), "bc"));
}

static void pieces(void)
{
    char line[] = ",one,,two,", fields[] = ",one,,two,", *rest = NULL, *next = fields, small[8];
    size_t count = 0;

    CHECK(!strcmp(strtok_r(line, ",", &rest), "one") && !strcmp(strtok_r(NULL, ",", &rest), "two"));
    CHECK(strtok_r(NULL, ",", &rest) == NULL);
    while (strsep(&next, ","))
        count++;
    CHECK(count == 5);
    memset(small, '#', sizeof small);
    strncpy(small, "ab", 5);
    CHECK(!memcmp(small, "ab\0\0\0###", 8));
    CHECK(strlcpy(small, "longer than that", sizeof small) == 16 && !strcmp(small, "longer "));
    CHECK(strlcat(small, "x", sizeof small) == 8 && !strcmp(small, "longer "));
    CHECK(!strcmp(strncat(strcpy(small, "a"), "bcdef", 3), "abcd"));
    CHECK(stpcpy(small, "abc") == small + 3 && mempcpy(small, "x", 1) == small + 1);

    char *copy = strndup("abcdef", 3);
    CHECK(copy && !strcmp(copy, "abc"));
    free(copy);
    CHECK(!strcmp(strerror(2), "No such file or directory"));
    CHECK(strsignal(11) && strsignal(11)[0]);
}

int main(void)
{
    copies();
    lengths();
    comparisons();
    searches();
    pieces();
    return summary();
}
