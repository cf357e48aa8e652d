/*
 * There are few threads, and fewer that wait for files: each looks again
 * whenever any file has changed.
 */
#include <threads/readiness.h>

static const char any_file;

void readiness_changed(void)
{
    threads_wake(&any_file, ~0U);
}

enum wake readiness_wait(bool outside, uint64_t deadline)
{
    current->awaits_outside = outside;
    return thread_wait(&any_file, deadline);
}
