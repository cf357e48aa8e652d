/*
 * The arguments: the boot command line if it has words for the program, else
 * the image's own. Words for the kernel (nub.) and environment variables (env.)
 * are none of them.
 */
#ifndef ENVIRONMENT_COMMAND_LINE_H
#define ENVIRONMENT_COMMAND_LINE_H

#include <nub.h>

#define MOST_ARGUMENTS 256

extern const char *arguments[MOST_ARGUMENTS + 1];
extern size_t argument_count;

/* nub.trace: 1 names each system call that is missing, 2 every one, once. */
extern unsigned option_trace;

/* nub.stats=N: says when main() begins, and how the domain is doing every N
 * seconds and at the end; see statistics/statistics.c. */
extern unsigned option_stats;

void command_line_split(void);

#endif
