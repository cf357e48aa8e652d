/*
 * The processor's time is counted in ticks of the time stamp counter, which are
 * cheap to ask for whenever another thread goes on, and only made nanoseconds
 * when somebody wants to know.
 */
#include <threads/cpu_time.h>
#include <time/clock.h>

static uint64_t since, all;

void cpu_time_charge(void)
{
    uint64_t now = read_tsc();

    current->ticks += now - since;
    all += now - since;
    since = now;
}

void cpu_time_skip(void)
{
    since = read_tsc();
}

uint64_t cpu_time_of(const struct thread *thread)
{
    cpu_time_charge();
    return clock_duration(thread->ticks);
}

uint64_t cpu_time_of_process(void)
{
    cpu_time_charge();
    return clock_duration(all);
}
