/*
 * The program's first stack.
 */
#ifndef BOOT_PROCESS_H
#define BOOT_PROCESS_H

#include <nub.h>

/* The stack's place; below it is a page that nobody may touch. */
extern uintptr_t stack_start, stack_end;

NORETURN void process_start(void);

#endif
