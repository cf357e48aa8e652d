/*
 * Interrupts: Xen's events, or the PC's own interrupt lines where there is no
 * Xen. The timer is theirs; who else wants to be interrupted names a handler.
 */
#ifndef INTERRUPTS_INTERRUPTS_H
#define INTERRUPTS_INTERRUPTS_H

#include <arch.h>

#define NEVER (~0ULL)

/* What is behind the interrupts. */
struct interrupt_source {
    void (*acknowledge)(unsigned vector); /* sees what has happened */
    void (*set_timer)(uint64_t when);     /* one interrupt then; replaces the last order */
    void (*wait)(uint64_t until);         /* entered with interrupts off; any of them ends it */
};

extern const struct interrupt_source *interrupt_source;

/* Chooses the source; handlers can be named from then on. */
void interrupts_use_xen(void);
void interrupts_use_pc(void);

/* pc.c: from now on, whenever there is something on the line, the handler is called
 * with its context. Interrupts are off then, and the kernel may be in the middle of
 * anything: a handler touches nothing but what is its own. (Xen's: events.h.) */
void line_bind(unsigned line, void (*handler)(void *context), void *context);

/* A handler tells that something has come in from outside of the domain, and
 * the scheduler asks: has anything, since the last time that it did? */
void outside_changed(void);
bool outside_has_changed(void);

static inline void interrupts_off(void)
{
    if (running_pv)
        pv_events_off();
    else
        __asm__ volatile("cli" ::: "memory");
}

static inline void interrupts_on(void)
{
    if (running_pv)
        pv_events_on();
    else
        __asm__ volatile("sti" ::: "memory");
}

#endif
