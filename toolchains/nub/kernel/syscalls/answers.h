/*
 * System calls that only tell a number which the kernel keeps.
 */
#ifndef SYSCALLS_ANSWERS_H
#define SYSCALLS_ANSWERS_H

#include <syscalls/numbers.h>

/* Where it is, or NULL for all other calls. */
extern const unsigned *const answers[MOST_CALLS];

/* How far the way into the kernel (calls.S) looks here before it becomes one: not
 * at all when calls are to be named on the console. */
extern unsigned long answers_at_once;
void answers_start(void);

#endif
