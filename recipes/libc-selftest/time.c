/* Calendars and clocks: dates both ways, formats, zones, and clocks that only go forward. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static bool formats(const char *format, const struct tm *when, const char *expected)
{
    char text[100];

    if (strftime(text, sizeof text, format, when) == strlen(expected) && !strcmp(text, expected))
        return true;
    printf("  %s gives '%s'\n", format, text);
    return false;
}

static void calendar(void)
{
    static const struct {
        int64_t seconds;
        int year, month, day, hour, weekday, yearday;
    } dates[] = {
        { 0, 1970, 1, 1, 0, 4, 0 },
        { -1, 1969, 12, 31, 23, 3, 364 },
        { 951782400, 2000, 2, 29, 0, 2, 59 },
        { 2147483647, 2038, 1, 19, 3, 2, 18 },
        { 4107542400, 2100, 3, 1, 0, 1, 59 },
        { -2208988800, 1900, 1, 1, 0, 1, 0 },
    };

    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        time_t when = dates[i].seconds;
        struct tm tm;
        CHECK(gmtime_r(&when, &tm) != NULL);
        CHECK(tm.tm_year + 1900 == dates[i].year && tm.tm_mon + 1 == dates[i].month);
        CHECK(tm.tm_mday == dates[i].day && tm.tm_hour == dates[i].hour);
        CHECK(tm.tm_wday == dates[i].weekday && tm.tm_yday == dates[i].yearday);
        CHECK(timegm(&tm) == when);
    }
    /* mktime brings fields that are out of range into it. */
    struct tm late = { .tm_year = 124, .tm_mon = 13, .tm_mday = 30, .tm_hour = 25 };
    time_t when = timegm(&late);
    CHECK(when == 1740963600 && late.tm_mon == 2 && late.tm_mday == 3 && late.tm_hour == 1);
    CHECK(difftime(10, 4) == 6.0);
}

static void texts(void)
{
    time_t when = 1700000000;
    struct tm tm, back = { 0 };
    char line[32];

    gmtime_r(&when, &tm);
    CHECK(formats("%Y-%m-%dT%H:%M:%SZ", &tm, "2023-11-14T22:13:20Z"));
    CHECK(formats("%a %A %b %B %p %I", &tm, "Tue Tuesday Nov November PM 10"));
    CHECK(formats("%j %U %W %u %w %G-W%V %y %C %e", &tm, "318 46 46 2 2 2023-W46 23 20 14"));
    CHECK(formats("%D %T %R %r %%", &tm, "11/14/23 22:13:20 22:13 10:13:20 PM %"));
    CHECK(formats("%s", &tm, "1700000000"));
    CHECK(!strcmp(asctime_r(&tm, line), "Tue Nov 14 22:13:20 2023\n"));
    CHECK(strftime(line, 4, "%Y", &tm) == 0);
    char *end = strptime("2023-11-14 22:13:20", "%Y-%m-%d %H:%M:%S", &back);
    CHECK(end && !*end && timegm(&back) == when);
    CHECK(!strptime("2023-13-01", "%Y-%m-%d", &back));
}

static void zones(void)
{
    time_t winter = 1700000000, summer = 1690000000;
    struct tm tm;

    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    CHECK(timezone == -3600 && !strcmp(tzname[0], "CET") && !strcmp(tzname[1], "CEST"));
    CHECK(localtime_r(&winter, &tm) && tm.tm_hour == 23 && !tm.tm_isdst && tm.tm_gmtoff == 3600);
    CHECK(mktime(&tm) == winter && formats("%Z %z", &tm, "CET +0100"));
    CHECK(localtime_r(&summer, &tm) && tm.tm_hour == 6 && tm.tm_isdst == 1 && tm.tm_gmtoff == 7200);
    CHECK(mktime(&tm) == summer && formats("%Z %z", &tm, "CEST +0200"));
    setenv("TZ", "UTC0", 1);
    tzset();
    CHECK(timezone == 0);
}

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec now;

    return clock_gettime(clock, &now) ? -1 : now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void clocks(void)
{
    static const clockid_t ids[] = {
        CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
        CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
    };
    struct timespec resolution, later;
    struct timeval day;
    bool forward = true;

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        int64_t last = nanoseconds(ids[i]);
        if (!CHECK(last >= 0))
            printf("  clock %d\n", (int)ids[i]);
        for (int round = 0; round < 1000; round++) {
            int64_t now = nanoseconds(ids[i]);
            forward &= now >= last;
            last = now;
        }
    }
    CHECK(forward);
    CHECK(!clock_getres(CLOCK_MONOTONIC, &resolution) && resolution.tv_sec == 0 && resolution.tv_nsec > 0);
    CHECK(clock_gettime(-99, &later) == -1 && errno == EINVAL);
    CHECK(!gettimeofday(&day, NULL) && labs((long)(day.tv_sec - time(NULL))) <= 1);
    CHECK(time(NULL) > 1600000000);
    CHECK(clock() != (clock_t)-1);

    int64_t start = nanoseconds(CLOCK_MONOTONIC);
    CHECK(!nanosleep(&(struct timespec){ 0, 30000000 }, NULL));
    CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 30000000);
    clock_gettime(CLOCK_MONOTONIC, &later);
    later.tv_nsec += 20000000;
    later.tv_sec += later.tv_nsec / 1000000000;
    later.tv_nsec %= 1000000000;
    CHECK(!clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &later, NULL));
    CHECK(nanoseconds(CLOCK_MONOTONIC) >= later.tv_sec * 1000000000LL + later.tv_nsec);
    CHECK(nanosleep(&(struct timespec){ 0, 1000000000 }, NULL) == -1 && errno == EINVAL);
    CHECK(!usleep(1000));
}

int main(void)
{
    calendar();
    texts();
    zones();
    clocks();
    return summary();
}
