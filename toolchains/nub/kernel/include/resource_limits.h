/*
 * What the process may use of each resource, as setrlimit sets it.
 */
#ifndef RESOURCE_LIMITS_H
#define RESOURCE_LIMITS_H

#include <nub.h>

/* Linux's numbers. */
enum {
    RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE,
    RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_LOCKS, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO,
    RLIMIT_RTTIME, RLIMITS,
};

#define NO_LIMIT (~0ULL)

struct limit {
    uint64_t now, most;
};

extern struct limit limits[RLIMITS];

#endif
