/*
 * The processor's time that threads have had. It stands still while all of them
 * wait.
 */
#ifndef THREADS_CPU_TIME_H
#define THREADS_CPU_TIME_H

#include <threads/thread.h>

/* The time since the last call is the current thread's; or nobody's. */
void cpu_time_charge(void);
void cpu_time_skip(void);

/* In nanoseconds: a thread's, and that of all threads so far. */
uint64_t cpu_time_of(const struct thread *thread);
uint64_t cpu_time_of_process(void);

#endif
