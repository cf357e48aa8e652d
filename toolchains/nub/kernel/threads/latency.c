/*
 * Measuring wake-ups. The clock is only asked when somebody wants to know.
 */
#include <environment/command_line.h>
#include <threads/latency.h>
#include <time/clock.h>

struct latency longest;

void latency_measure(const struct thread *thread, uint64_t now)
{
    if (thread->due)
        longest.late = larger(longest.late, now - thread->due);
    if (thread->ready_since)
        longest.ready = larger(longest.ready, now - thread->ready_since);
}

void latency_ready(struct thread *thread)
{
    if (option_stats)
        thread->ready_since = clock_monotonic();
}

void latency_runs(struct thread *thread)
{
    if (option_stats)
        latency_measure(thread, clock_monotonic());
    thread->ready_since = thread->due = 0;
}
