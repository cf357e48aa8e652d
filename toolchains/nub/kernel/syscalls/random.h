/*
 * Random bytes.
 */
#ifndef SYSCALLS_RANDOM_H
#define SYSCALLS_RANDOM_H

#include <nub.h>

void random_fill(void *to, size_t size);

#endif
