/*
 * Signals: which are handled, blocked and pending, and how a handler is run.
 */
#ifndef SIGNALS_SIGNALS_H
#define SIGNALS_SIGNALS_H

#include <linux/interface.h>
#include <threads/wait.h>

enum {
    SIGQUIT = 3, SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGSEGV = 11, SIGPIPE = 13,
    SIGALRM = 14, SIGTERM = 15, SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19, SIGURG = 23, SIGXCPU = 24, SIGXFSZ = 25,
    SIGVTALRM = 26, SIGPROF = 27, SIGWINCH = 28, SIGSYS = 31, SIGNALS = 64,
};

#define SIGNAL_BIT(signal) (1ULL << ((signal) - 1))

static inline uint64_t that_can_be_blocked(uint64_t set)
{
    return set & ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP));
}

extern struct sigaction signal_actions[SIGNALS + 1];

/* Where those wait who wait for nothing but a signal. Nobody wakes it. */
extern struct wait_queue signals_only;

/* Tells the scheduler of signals. */
void signals_start(void);

/* Would it be ignored if it came now? */
bool signal_is_ignored(int signal);

/* Would a handler run at once in the current thread? */
bool signal_is_handled(int signal);

/* Sends a signal to a thread, or to the process when there is no thread. 0, or
 * -EAGAIN when too many are pending already. */
int signal_send(struct thread *thread, int signal);

/* The same, with something to tell the receiver. */
struct signal_information;
int signal_send_with(struct thread *thread, int signal, const struct signal_information *information);

/* Takes one of the set that waits for the current thread, and what its sender
 * told if `to` is not NULL; 0 when none does. */
int signal_take(uint64_t set, struct signal_information *to);

/* Woken by each that is sent, for who reads signals from a file. */
extern struct wait_queue signals_change;

/* Those that were sent to the process, and which of these are promised to a thread. */
extern struct pending process_pending;
extern uint64_t process_promised;

/* All of the process's that the current thread may take. */
static inline uint64_t signals_of_process(void)
{
    return process_pending.set & ~(process_promised & ~current->promised);
}

/* All that the current thread may take, blocked or not; and with those that were
 * sent to the process and promised to another thread. */
static inline uint64_t signals_waiting(void)
{
    return current->pending.set | signals_of_process();
}

uint64_t signals_sent(void);

/* The thread has ended: those of the process that it was to receive go to others. */
void signals_end(struct thread *thread);

/* Is there one that the current thread does not block? */
static inline bool signals_wanted(void)
{
    return signals_waiting() & ~current->blocked;
}

/*
 * Has the program, which goes on with these registers, begin with the handlers of
 * all these; true when there is any. `restart`: they are those of a system call that has
 * done nothing yet, and is made again afterwards, if the first handler is with
 * SA_RESTART or in any case.
 */
enum restart { RESTART_NOT, RESTART_AS_TOLD, RESTART_ALWAYS };

bool signals_deliver(struct registers *r, enum restart restart);

/* A mask for the time of one system call, or until a handler has run in it. */
void signals_mask_until_handled(const uint64_t *set);
void signals_mask_restore(void);

#endif
