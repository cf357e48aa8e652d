/*
 * What the kernel tells of itself, for nub.stats=N.
 */
#ifndef STATISTICS_STATISTICS_H
#define STATISTICS_STATISTICS_H

#include <arch.h>

/* Orders the lines, if they are wanted: every N seconds, and one at the end. */
void statistics_start(void);

/* For arch/.../calls.S: the program's main() begins now. */
bool before_main_call(struct registers *r);

#endif
