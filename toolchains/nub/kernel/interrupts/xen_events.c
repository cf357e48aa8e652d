/*
 * Xen's events as a source of interrupts: a callback when there is an event of a
 * port that is not masked, and a timer that is one of Xen's virtual interrupts.
 */
#include <environment/environment.h>
#include <interrupts/events.h>
#include <interrupts/interrupts.h>
#include <xen/hvm.h>
#include <xen/hypercall.h>

static void acknowledge(unsigned vector)
{
    (void)vector;
    events_acknowledge();
}

static void set_timer(uint64_t when)
{
#ifdef __x86_64__
    HYPERCALL1(set_timer_op, when);
#else
    HYPERCALL2(set_timer_op, when, when >> 32);
#endif
}

/* A PV guest's events are on again from when Xen has it sleep, and one that is
 * there already ends the sleep at once, so none slips in between the caller's
 * last look and the wait. Where interrupts are the processor's, that is how `sti`
 * goes with `hlt`. */
static void wait(uint64_t until)
{
    if (until != NEVER)
        set_timer(until);
    if (environment.pv) {
        HYPERCALL2(sched_op, SCHEDOP_block, 0);
        interrupts_off();
    } else {
        cpu_raise();
        __asm__ volatile("sti; hlt; cli" ::: "memory");
    }
}

static const struct interrupt_source xen_events = { acknowledge, set_timer, wait };

/* That the timer has gone off is all there is to know. */
static void timer(void *context) { (void)context; }

/* Has Xen call us: a PV guest by a function of its own, PVH by a vector. */
static void set_callback(void)
{
    if (environment.pv) {
        if (cpu_set_event_callback())
            panic("Xen refuses the event callback");
    } else {
        struct xen_hvm_param parameter = {
            .domid = DOMID_SELF,
            .index = HVM_PARAM_CALLBACK_IRQ,
            .value = (uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | VECTOR_EVENTS,
        };

        if (HYPERCALL2(hvm_op, HVMOP_set_param, &parameter))
            panic("Xen refuses the event vector");
    }
}

void interrupts_use_xen(void)
{
    events_start();
    set_callback();
    interrupt_source = &xen_events;
    HYPERCALL3(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
    if (event_bind_virq(VIRQ_TIMER, timer, NULL) < 0)
        panic("Xen refuses the virtual interrupt of its timer");
}
