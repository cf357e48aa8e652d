/*
 * What the sources have in common: which one it is, and what their handlers
 * leave for the scheduler to see.
 */
#include <interrupts/interrupts.h>

const struct interrupt_source *interrupt_source;

static bool changed;

void outside_changed(void)
{
    changed = true;
}

bool outside_has_changed(void)
{
    bool seen = changed;

    changed = false;
    return seen;
}
