/*
 * Signals: which are handled, blocked and pending, and how a handler is run.
 */
#ifndef SIGNALS_SIGNALS_H
#define SIGNALS_SIGNALS_H

#include <linux/interface.h>
#include <threads/thread.h>

enum {
    SIGKILL = 9, SIGPIPE = 13, SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19, SIGURG = 23, SIGWINCH = 28,
    SIGNALS = 64,
};

#define SIGNAL_BIT(signal) (1ULL << ((signal) - 1))

static inline uint64_t that_can_be_blocked(uint64_t set)
{
    return set & ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP));
}

extern struct sigaction signal_actions[SIGNALS + 1];

/* Tells the scheduler of signals. */
void signals_start(void);

/* Sends a signal to a thread, or to the process when there is no thread. */
void signal_send(struct thread *thread, int signal);

/* The same, with something to tell the receiver. One that was sent again before
 * it was received tells what came last: signals do not queue. */
struct signal_information;
void signal_send_with(struct thread *thread, int signal, const struct signal_information *information);

/* What the receiver of a signal is told. */
void signal_tell(int signal, struct signal_information *to);

/* Takes one of the set that waits for the current thread; 0 when none does. */
int signal_take(uint64_t set);

/* All that wait for the current thread, blocked or not. */
uint64_t signals_waiting(void);

/* Is there one that the current thread does not block? */
bool signals_wanted(void);

/*
 * Has the program, which goes on with these registers, begin with the handlers of
 * all these; true when there is any. `restartable`: a system call that has done
 * nothing yet is made again after a handler with SA_RESTART.
 */
bool signals_deliver(struct registers *r, bool restartable);

/* A mask for the time of one system call, or until a handler has run in it. */
void signals_mask_until_handled(const uint64_t *set);
void signals_mask_restore(void);

#endif
