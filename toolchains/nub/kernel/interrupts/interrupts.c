/*
 * What the sources have in common: which one it is, and what their handlers
 * leave for the scheduler to see.
 */
#include <interrupts/interrupts.h>

const struct interrupt_source *interrupt_source;

/* Set by handlers, also between any two instructions of the reader. */
static bool changed;

void outside_changed(void)
{
    __atomic_store_n(&changed, true, __ATOMIC_RELAXED);
}

bool outside_has_changed(void)
{
    return __atomic_exchange_n(&changed, false, __ATOMIC_SEQ_CST);
}
