/*
 * The limits at first.
 */
#include <resource_limits.h>

#define SAME(limit) { limit, limit }
#define NONE SAME(NO_LIMIT)

struct limit limits[RLIMITS] = {
    [RLIMIT_CPU] = NONE,
    [RLIMIT_FSIZE] = NONE,
    [RLIMIT_DATA] = NONE,
    [RLIMIT_STACK] = { 8 << 20, NO_LIMIT }, /* what the program starts on */
    [RLIMIT_CORE] = { 0, NO_LIMIT },
    [RLIMIT_RSS] = NONE,
    [RLIMIT_NPROC] = NONE,
    [RLIMIT_NOFILE] = SAME(1024), /* as many as there are */
    [RLIMIT_MEMLOCK] = NONE,
    [RLIMIT_AS] = NONE,
    [RLIMIT_LOCKS] = NONE,
    [RLIMIT_SIGPENDING] = SAME(1024),
    [RLIMIT_MSGQUEUE] = SAME(819200),
    [RLIMIT_NICE] = SAME(0),
    [RLIMIT_RTPRIO] = SAME(0),
    [RLIMIT_RTTIME] = NONE,
};
