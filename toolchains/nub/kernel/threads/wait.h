/*
 * Waiting for things that happen.
 *
 * Each thing that can be waited for has a queue of its own. Who waits joins it
 * with an entry, which lies on the waiter's stack, or in what is to be notified;
 * one thread may be in several queues at once. Whatever makes the thing happen
 * wakes the queue, oldest entry first:
 *
 *     while (!ready)                             ready = true;
 *         if (wait_on(&queue, 0, NEVER) ...)     wake_all(&queue, 0);
 *
 * Nobody else runs between the look and the wait, so no wake-up is lost.
 */
#ifndef THREADS_WAIT_H
#define THREADS_WAIT_H

#include <threads/thread.h>

/* All zero at first, but for what is not. */
struct wait_queue {
    struct waiter *first, *last;
    bool outside; /* somebody outside of this domain may wake it */

    /* While an interrupt has noted that it is to be woken. */
    bool noted;
    struct wait_queue *next_noted;
};

/* An entry; all zero before it joins. */
struct waiter {
    struct wait_queue *queue; /* NULL: in none */
    struct waiter *next, *previous;
    unsigned events;   /* which of those that are told apart; 0: any */
    const void *what;  /* of those that wait by name, see below */
    struct thread *thread;

    /* Called instead of waking the thread. It must not wait, nor make others leave
     * the queue; and stays in the queue, which a thread's entry leaves. */
    void (*notify)(struct waiter *waiter, unsigned events);
};

/* Joins at the end, unless it is in the queue already; leaves, if it is in one. */
void wait_join(struct waiter *waiter, struct wait_queue *queue, unsigned events);
void wait_leave(struct waiter *waiter);

/* Waits until one of the entries with which the thread has joined is woken, or a
 * time, or a signal. Who joins several calls wait_begin() first. */
void wait_begin(void);
enum wake wait_until(uint64_t deadline);

/* All of that for one queue. */
enum wake wait_on(struct wait_queue *queue, unsigned events, uint64_t deadline);

/* The same, for what no signal shall interrupt. */
enum wake wait_undisturbed(struct wait_queue *queue, uint64_t deadline);

/* Wakes those who wait for any of the events (0: for anything), up to `most`
 * threads, and tells how many. */
unsigned wake_some(struct wait_queue *queue, unsigned events, unsigned most);

static inline void wake_all(struct wait_queue *queue, unsigned events)
{
    wake_some(queue, events, ~0U);
}

/* For handlers of interrupts, which find the kernel in the middle of anything:
 * the queue is woken as soon as the kernel looks at what was noted. */
void wake_from_interrupt(struct wait_queue *queue);

/* What outside_changed() tells of, and nobody tells apart. */
extern struct wait_queue outside_queue;

/* For the scheduler: wakes what has been noted; does anybody wait for what may
 * come from outside? */
void wake_noted(void);
bool wait_may_end_from_outside(void);

/*
 * Waiting by name: any address will do. thread_wait() and threads_wake() are for
 * what has no queue of its own; these two tell events apart as well, and have the
 * first `most` who wait for one thing wait for another from now on.
 */
enum wake wait_by_name(const void *what, unsigned events, uint64_t deadline);
unsigned wake_by_name(const void *what, unsigned events, unsigned most);
unsigned move_waiters(const void *what, const void *other, unsigned most);

#endif
