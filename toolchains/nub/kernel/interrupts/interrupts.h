/*
 * Interrupts: Xen's events, or the PC's own interrupt lines where there is no
 * Xen. There are two sources: a timer, and the console's input.
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

/* Chooses the source, and lets interrupts come. */
void interrupts_use_xen(void);
void interrupts_use_pc(void);

/* xen_events.c: calls the handler when there is an event on the port. */
void events_bind(uint32_t port, void (*handler)(void));

/* Where exceptions.S leads to with vectors that are interrupts. */
void interrupt(struct registers *r);

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
