/* Runs the conformance test that its first argument names; the rest are the test's own arguments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEST(name, function) extern int function(int, char **);
#include "tests.h"
#undef TEST

static const struct {
	const char *name;
	int (*run)(int, char **);
} tests[] = {
#define TEST(name, function) { name, function },
#include "tests.h"
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof tests / sizeof *tests; i++)
		if (strcmp(tests[i].name, argv[1]) == 0)
			exit(tests[i].run(argc - 1, argv + 1));
	fprintf(stderr, "no such test\n");
	return 99;
}
