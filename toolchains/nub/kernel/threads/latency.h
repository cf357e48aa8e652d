/*
 * How long wake-ups take, measured when nub.stats is given.
 */
#ifndef THREADS_LATENCY_H
#define THREADS_LATENCY_H

#include <threads/thread.h>

/* The longest since somebody has set them to 0: from a deadline to the moment
 * when its thread ran, and that a thread which could run had to wait. */
extern struct latency {
    uint64_t late, ready;
} longest;

/* The thread could run from now on, because of its deadline or of something
 * else; or it does run. */
void latency_ready(struct thread *thread);
void latency_runs(struct thread *thread);

/* Counts a thread that still waits with its time so far. */
void latency_measure(const struct thread *thread, uint64_t now);

#endif
