/*
 * Waiting for files. What they are is the business of chapters above; here it
 * only counts that one may have become ready.
 */
#ifndef THREADS_READINESS_H
#define THREADS_READINESS_H

#include <threads/thread.h>

/* Something may have become ready: whoever waits for a file looks again. */
void readiness_changed(void);

/* Waits for that. `outside`: one of the files may change without this program. */
enum wake readiness_wait(bool outside, uint64_t deadline);

#endif
