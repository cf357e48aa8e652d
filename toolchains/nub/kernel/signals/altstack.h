/*
 * The alternate stack of a thread, for the handlers that want one.
 */
#ifndef SIGNALS_ALTSTACK_H
#define SIGNALS_ALTSTACK_H

#include <linux/interface.h>

/* Linux's flags. */
enum { SS_ONSTACK = 1, SS_DISABLE = 2, SS_AUTODISARM = (int)0x80000000 };

/* Is this stack pointer on it? */
bool is_on_signal_stack(uintptr_t stack_pointer);

/* What was set, as a handler's context keeps it; and setting it: 0, or an error. */
struct stack signal_stack_now(void);
long signal_stack_set(const struct stack *set, uintptr_t stack_pointer);

/* A handler begins. With SS_AUTODISARM the thread has none until that returns. */
void signal_stack_entered(void);

#endif
