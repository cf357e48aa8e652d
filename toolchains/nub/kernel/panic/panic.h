/*
 * Panics that know where they happened. Their like without that is panic(),
 * which nub.h declares: every chapter may have to.
 */
#ifndef PANIC_PANIC_H
#define PANIC_PANIC_H

#include <arch.h>

/* Like panic, for what has happened where an exception came from. */
NORETURN void panic_at(const struct registers *r, const char *text, ...) PRINTF_LIKE(2, 3);

#endif
