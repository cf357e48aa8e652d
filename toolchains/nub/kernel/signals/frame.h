/*
 * The frame on the program's stack that a signal handler gets, and returns to.
 */
#ifndef SIGNALS_FRAME_H
#define SIGNALS_FRAME_H

#include <signals/context.h>
#include <signals/signals.h>

#define SA_ONSTACK 0x08000000ul
#define SA_RESTART 0x10000000ul

/*
 * Saves the registers in a frame below the program's stack pointer, or on the
 * alternate stack, and makes them those of a call of the handler. `mask` is what
 * the handler's return makes the thread's again. `restart`: as for signals_deliver().
 */
void signal_frame_push(struct registers *r, const struct sigaction *action,
                       const struct signal_information *information, uint64_t mask, enum restart restart);

/* Is there memory for that frame? */
bool signal_frame_fits(const struct registers *r, const struct sigaction *action);

/* For arch/.../calls.S: a handler has returned. */
bool signal_return_call(struct registers *r);

#endif
