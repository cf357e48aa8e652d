/*
 * The arguments: the boot command line if it has words for the program, else
 * the image's own.
 */
#ifndef BOOT_COMMAND_LINE_H
#define BOOT_COMMAND_LINE_H

#include <nub.h>

#define MOST_ARGUMENTS 256

extern const char *arguments[MOST_ARGUMENTS + 1];
extern size_t argument_count;

/* nub.trace: 1 names each system call that is missing, 2 every one, once. */
extern unsigned option_trace;

/* nub.stats=1: says at the end how much memory there was and how much of it,
 * at most, was in use. */
extern unsigned option_stats;

void command_line_split(void);

#endif
