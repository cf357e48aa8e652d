/*
 * Finds the answers of config.site that need a run, and prints each as name=value. Whoever adds one
 * to the list of such answers adds its question here.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void answer(const char *name, int yes) { printf("%s=%s\n", name, yes ? "yes" : "no"); }

/* How the stack grows: where a callee's variable lies, as seen from its caller. */
static __attribute__((noinline)) int grows(volatile char *outer)
{
	volatile char inner = 0;
	return &inner > outer ? 1 : -1;
}

static int strtod_is_right(void)
{
	char *end;
	if (strtod(" +69", &end) != 69 || *end)
		return 0;
	/* The end must never lie behind the terminating zero. */
	const char *const texts[] = { "0x", "NaN", "-inf", "1e", "" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		strtod(texts[i], &end);
		if (end > texts[i] + strlen(texts[i]))
			return 0;
	}
	return strtod("1e", &end) == 1 && *end == 'e';
}

static int mktime_is_right(void)
{
	const time_t times[] = { 0, 1, 86399, 951782400, 1078012800, 2147483647 };
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct tm tm = *localtime(&times[i]);
		if (mktime(&tm) != times[i])
			return 0;
	}
	/* The 32nd of the 14th month of 2000 is the 4th of March 2001. */
	struct tm far = { .tm_year = 100, .tm_mon = 13, .tm_mday = 32, .tm_isdst = -1 };
	return mktime(&far) != -1 && far.tm_year == 101 && far.tm_mon == 2 && far.tm_mday == 4;
}

static int setvbuf_is_reversed(void)
{
	static char buffer[BUFSIZ];
	/* With the arguments exchanged this would be refused. */
	return setvbuf(stderr, buffer, _IOLBF, sizeof buffer) != 0;
}

int main(void)
{
	struct stat status;
	volatile size_t none = 0;
	volatile char here = 0;
	const unsigned one = 1;

	answer("ac_cv_func_malloc_0_nonnull", malloc(none) != NULL);
	answer("ac_cv_func_realloc_0_nonnull", realloc(NULL, none) != NULL);
	answer("ac_cv_func_calloc_0_nonnull", calloc(none, none) != NULL);
	answer("ac_cv_func_memcmp_working", memcmp("\100", "\200", 1) < 0);
	answer("ac_cv_func_strnlen_working", strnlen("foo", 2) == 2 && strnlen("foobar", 9) == 6);
	setlocale(LC_ALL, "");
	answer("ac_cv_func_strcoll_works", strcoll("abc", "def") < 0 && strcoll("ABC", "DEF") < 0);
	answer("ac_cv_func_strtod", strtod_is_right());
	printf("ac_cv_c_stack_direction=%d\n", grows(&here));
	answer("ac_cv_c_bigendian", *(const unsigned char *) &one == 0);
	answer("ac_cv_func_lstat_empty_string_bug", lstat("", &status) == 0);
	answer("ac_cv_func_stat_empty_string_bug", stat("", &status) == 0);
	answer("ac_cv_func_setvbuf_reversed", setvbuf_is_reversed());
	answer("ac_cv_func_working_mktime", mktime_is_right());
	answer("ac_cv_func_fork_works", fork() != -1);
	answer("ac_cv_func_vfork_works", vfork() != -1);
	return 0;
}
