/*
 * Where we run, learned at entry and never changed after.
 */
#ifndef ENVIRONMENT_ENVIRONMENT_H
#define ENVIRONMENT_ENVIRONMENT_H

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

#endif
