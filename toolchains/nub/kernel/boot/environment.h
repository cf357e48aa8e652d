/*
 * Where we run, learned at entry and never changed after.
 */
#ifndef BOOT_ENVIRONMENT_H
#define BOOT_ENVIRONMENT_H

#include <nub.h>

struct environment {
    bool xen;            /* there is a hypervisor to call */
    bool pv;             /* it manages our page tables */
    bool initial_domain; /* the console is the hypervisor's own */
    uint64_t memory;     /* bytes, as given to us */
    char command_line[2048];
};

extern struct environment environment;

const char *environment_name(void);

/* The end of the loaded image, its packed files included. */
uintptr_t image_end(void);

/* boot/main.c: what is left once a path to the console and memory are there. */
NORETURN void boot_finish(void);

#endif
