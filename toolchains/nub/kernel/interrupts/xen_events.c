/*
 * Xen's event channels (event_channel.h): a bit for each port in the shared
 * page, and a callback when one of them is set that is not masked.
 */
#include <environment/environment.h>
#include <interrupts/interrupts.h>
#include <xen/event_channel.h>
#include <xen/hvm.h>
#include <xen/hypercall.h>

#define WORD_BITS (sizeof(long) * 8)
#define MOST_POLLED 128 /* Xen's own limit */

static struct {
    void (*handler)(void *context);
    void *context;
} bound[EVTCHN_2L_NR_CHANNELS];

/* Those with a handler; the later ones are not in `polled`. */
static uint32_t polled[MOST_POLLED];
static unsigned port_count;

static void acknowledge(unsigned vector)
{
    volatile struct shared_info *info = &shared_page.info;
    unsigned long words;

    (void)vector;
    info->vcpu_info[0].evtchn_upcall_pending = 0;
    words = __atomic_exchange_n(&info->vcpu_info[0].evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    for (; words; words &= words - 1) {
        unsigned word = __builtin_ctzl(words);
        unsigned long bits = info->evtchn_pending[word] & ~info->evtchn_mask[word];

        for (; bits; bits &= bits - 1) {
            unsigned port = word * WORD_BITS + __builtin_ctzl(bits);

            __atomic_and_fetch(&info->evtchn_pending[word], ~(bits & -bits), __ATOMIC_SEQ_CST);
            if (bound[port].handler)
                bound[port].handler(bound[port].context);
        }
    }
}

static void set_timer(uint64_t when)
{
#ifdef __x86_64__
    HYPERCALL1(set_timer_op, when);
#else
    HYPERCALL2(set_timer_op, when, when >> 32);
#endif
}

/* For more ports than can be polled. Events are let in and waited for in one
 * step, by Xen or by `sti`, which lets none in before `hlt`. */
static void wait_for_any(uint64_t until)
{
    if (until != NEVER)
        set_timer(until);
    if (environment.pv) {
        HYPERCALL2(sched_op, SCHEDOP_block, NULL);
        interrupts_off();
    } else {
        cpu_raise();
        __asm__ volatile("sti; hlt; cli" ::: "memory");
    }
}

/* Xen ends the poll at once if one of the ports has an event already, so none
 * slips in between the caller's last look and the wait. */
static void wait(uint64_t until)
{
    struct sched_poll poll = { polled, port_count, until == NEVER ? 0 : until };

    if (port_count > MOST_POLLED)
        wait_for_any(until);
    else
        HYPERCALL2(sched_op, SCHEDOP_poll, &poll);
}

static const struct interrupt_source xen_events = { acknowledge, set_timer, wait };

/* The polled ports are the first that have a handler. */
static void list_ports(void)
{
    port_count = 0;
    for (uint32_t port = 0; port < EVTCHN_2L_NR_CHANNELS; port++) {
        if (!bound[port].handler)
            continue;
        if (port_count < MOST_POLLED)
            polled[port_count] = port;
        port_count++;
    }
}

static void set_mask(uint32_t port)
{
    unsigned long *word = &shared_page.info.evtchn_mask[port / WORD_BITS];

    __atomic_or_fetch(word, 1UL << port % WORD_BITS, __ATOMIC_SEQ_CST);
}

void event_bind(uint32_t port, void (*handler)(void *context), void *context)
{
    struct evtchn_unmask unmask = { port };

    if (port >= EVTCHN_2L_NR_CHANNELS)
        panic("event channel %u is beyond what Xen has bits for", (unsigned)port);
    bound[port].context = context;
    bound[port].handler = handler;
    list_ports();
    HYPERCALL2(event_channel_op, EVTCHNOP_unmask, &unmask);
}

/* An event that is noted already finds the mask, or no handler. */
void event_unbind(uint32_t port)
{
    struct evtchn_close request = { port };

    if (port >= EVTCHN_2L_NR_CHANNELS || !bound[port].handler)
        return;
    set_mask(port);
    bound[port].handler = NULL;
    list_ports();
    HYPERCALL2(event_channel_op, EVTCHNOP_close, &request);
}

void virtual_bind(uint32_t number, void (*handler)(void *context), void *context)
{
    struct evtchn_bind_virq request = { .virq = number };

    if (HYPERCALL2(event_channel_op, EVTCHNOP_bind_virq, &request))
        panic("Xen refuses the virtual interrupt %u", (unsigned)number);
    event_bind(request.port, handler, context);
}

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
    for (unsigned word = 0; word < WORD_BITS; word++)
        shared_page.info.evtchn_mask[word] = ~0UL;
    set_callback();
    interrupt_source = &xen_events;
    HYPERCALL3(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
    virtual_bind(VIRQ_TIMER, timer, NULL);
}
