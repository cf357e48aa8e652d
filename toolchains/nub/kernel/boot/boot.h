/*
 * What the ways to boot have in common.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <nub.h>

/* boot/main.c: the end of the loaded image, its packed files included. */
uintptr_t image_end(void);

/* What is left once a path to the console and memory are there. */
NORETURN void boot_finish(void);

/* boot/process.c: makes the program's first stack, and goes there. */
NORETURN void process_start(void);

#endif
