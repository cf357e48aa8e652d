/* Characters: multibyte and wide, classes and cases, conversion between encodings, collation. */
#define _GNU_SOURCE
#include "check.h"
#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

static bool converts(const char *from, const char *to, const char *text, size_t size, const char *expected, size_t length)
{
    char result[64], *in = (char *)text, *out = result;
    size_t left = sizeof result;
    iconv_t state = iconv_open(to, from);

    if (state == (iconv_t)-1)
        return false;
    bool good = iconv(state, &in, &size, &out, &left) != (size_t)-1 && !size
             && sizeof result - left == length && !memcmp(result, expected, length);
    return !iconv_close(state) && good;
}

static void multibyte(void)
{
    wchar_t wide[16];
    char text[32];
    mbstate_t state = { 0 };

    CHECK(setlocale(LC_ALL, "C.UTF-8") && MB_CUR_MAX >= 4 && !strcmp(nl_langinfo(CODESET), "UTF-8"));
    CHECK(mbstowcs(wide, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7", 16) == 4);
    CHECK(wide[1] == 0xe4 && wide[2] == 0x20ac && wide[3] == 0x1f427);
    CHECK(wcstombs(text, wide, sizeof text) == 10 && !memcmp(text + 3, "\xe2\x82\xac", 3));
    /* A character may come in pieces. */
    CHECK(mbrtowc(wide, "\xe2", 1, &state) == (size_t)-2 && mbrtowc(wide, "\x82\xac", 2, &state) == 2 && wide[0] == 0x20ac);
    CHECK(mbrtowc(wide, "\xc0\x80", 2, &state) == (size_t)-1 && errno == EILSEQ);
    memset(&state, 0, sizeof state);
    CHECK(mbrtowc(wide, "\xed\xa0\x80", 3, &state) == (size_t)-1);
    CHECK(mblen("\xe2\x82\xac", 3) == 3 && mblen("", 1) == 0);
    CHECK(wcwidth(L'a') == 1 && wcwidth(0x4e2d) == 2 && wcwidth(0x301) == 0);
}

static void wide_strings(void)
{
    wchar_t line[] = L"one two", *rest, text[32];

    CHECK(wcslen(L"\u20acuro") == 4 && !wcscmp(wcsstr(L"haystack", L"sta"), L"stack"));
    CHECK(!wcscmp(wcstok(line, L" ", &rest), L"one") && !wcscmp(wcstok(NULL, L" ", &rest), L"two"));
    CHECK(wcstol(L"-0x10", NULL, 0) == -16 && wcstod(L"2.5", NULL) == 2.5);
    CHECK(swprintf(text, 32, L"%ls %d", L"\u00e4", 7) == 3 && !wcscmp(text, L"\u00e4 7"));
    CHECK(wmemcmp(L"ab", L"ac", 2) < 0 && wcscoll(L"a", L"b") < 0);
}

static void classes(void)
{
    int letters = 0, digits = 0, printed = 0;

    for (int c = 0; c < 128; c++) {
        letters += !!isalpha(c);
        digits += !!isxdigit(c);
        printed += !!isprint(c);
    }
    CHECK(letters == 52 && digits == 22 && printed == 95);
    CHECK(toupper('z') == 'Z' && tolower('Z') == 'z' && isspace('\v') && !isspace('x') && ispunct('!'));
    CHECK(towupper(0xe4) == 0xc4 && towlower(0x416) == 0x436 && iswalpha(0x416) && !iswalpha(L'1'));
    CHECK(iswctype(L'7', wctype("digit")) && towctrans(L'a', wctrans("toupper")) == L'A' && iswspace(0x2003));
}

static void encodings(void)
{
    CHECK(converts("ISO-8859-1", "UTF-8", "\xe4", 1, "\xc3\xa4", 2));
    CHECK(converts("UTF-8", "ISO-8859-15", "\xe2\x82\xac", 3, "\xa4", 1));
    CHECK(converts("UTF-8", "UTF-16LE", "a\xf0\x9f\x90\xa7", 5, "a\0\x3d\xd8\x27\xdc", 6));
    CHECK(converts("UTF-16BE", "UTF-8", "\x20\xac", 2, "\xe2\x82\xac", 3));
    CHECK(converts("UTF-8", "UCS-4LE", "a", 1, "a\0\0\0", 4));
    CHECK(converts("SHIFT_JIS", "UTF-8", "\x93\xfa", 2, "\xe6\x97\xa5", 3));
    CHECK(converts("KOI8-R", "UTF-8", "\xc1", 1, "\xd0\xb0", 2));
    CHECK(iconv_open("UTF-8", "no-such-thing") == (iconv_t)-1 && errno == EINVAL);
    CHECK(!converts("UTF-8", "UTF-16LE", "\xff", 1, "", 0));
}

static void locales(void)
{
    struct lconv *numbers = localeconv();

    CHECK(!strcmp(setlocale(LC_NUMERIC, "C"), "C") && !strcmp(numbers->decimal_point, "."));
    CHECK(strcoll("a", "b") < 0 && strxfrm(NULL, "abc", 0) >= 3);
    locale_t own = newlocale(LC_ALL_MASK, "C", NULL);
    CHECK(own && toupper_l('a', own) == 'A' && strcasecmp_l("X", "x", own) == 0);
    locale_t before = uselocale(own);
    CHECK(before && uselocale(before) == own);
    freelocale(own);
}

int main(void)
{
    multibyte();
    wide_strings();
    classes();
    encodings();
    locales();
    return summary();
}
