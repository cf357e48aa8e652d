/*
 * Locks that are words of the program's, and whose holder goes on as early as the
 * first of those who wait for them would: their priority is inherited.
 */
#ifndef THREADS_INHERIT_H
#define THREADS_INHERIT_H

#include <threads/thread.h>

/* What such a word consists of: the holder's number, and these. */
#define LOCK_HOLDER 0x3fffffff
#define LOCK_HOLDER_DIED 0x40000000
#define LOCK_WAITED_FOR 0x80000000u

/* Would the holder have to wait for the current thread, sooner or later? */
bool inherit_is_deadlock(const struct thread *holder);

/* Waits until the lock is passed on to the current thread, and says so with WAKE_EVENT. */
enum wake inherit_wait(unsigned *word, struct thread *holder, uint64_t deadline);

/* Passes the lock on to who has the highest priority of those that wait for it, and
 * of those to who has waited longest; or to nobody. `bits` are added to the word. */
void inherit_pass(unsigned *word, unsigned bits);

/* The priority of a thread has changed, or it has ended. */
void inherit_renew(void);
void inherit_end(struct thread *thread);

#endif
