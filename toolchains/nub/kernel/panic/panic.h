/*
 * The ways to end: as the program wants, by a signal, or in a panic.
 */
#ifndef PANIC_PANIC_H
#define PANIC_PANIC_H

#include <arch.h>

#define PANIC_STATUS 255

/* Says the verdict, the last line on the console, and leaves for good. */
NORETURN void finish(unsigned status);

/* Like panic, for what has happened where an exception came from. */
NORETURN void panic_at(const struct registers *r, const char *text, ...) PRINTF_LIKE(2, 3);

#endif
