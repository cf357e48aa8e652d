/*
 * The kernel stacks of threads. They lie behind the arena, where no call of the
 * program's leads to: it can neither take them away nor map anything over them, and
 * is not told of them in /proc/self/maps.
 */
#ifndef THREADS_KERNEL_STACKS_H
#define THREADS_KERNEL_STACKS_H

#include <nub.h>

/* The end of a stack that has its memory, or 0. */
uintptr_t kernel_stack_take(void);
void kernel_stack_give(uintptr_t end);

#endif
