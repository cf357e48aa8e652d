/*
 * The signals that have been sent and not yet received.
 */
#ifndef SIGNALS_PENDING_H
#define SIGNALS_PENDING_H

#include <signals/information.h>
#include <signals/signals.h>

/* One that has been sent, with what its receiver is told. */
struct sent {
    struct sent *next;
    bool pending;

    /* For one that belongs to somebody: called when it is received, may change
     * what the receiver is told, and whatever becomes of the object is then the
     * owner's business. Others go back to where they came from. */
    void (*received)(struct sent *sent, struct signal_information *information);
    void *owner;

    struct signal_information information;
};

/* An object for a signal that can be sent without fail: it counts as pending as
 * long as it exists. NULL when there are too many, unless `must`, or no memory. */
struct sent *sent_take(bool must);
void sent_give(struct sent *sent);

/* Sends the object, which is not pending, to the thread or the process, also
 * when another of its number is. False when the signal is ignored. */
bool signal_send_own(struct thread *thread, struct sent *sent);

/* Forgets all that are pending of one signal. */
void signal_forget(int signal);

/* What the current thread does not block has become less. */
void signals_blocked(void);

#endif
