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
#define MOST_PORTS 64

static struct {
    void (*handler)(void *context);
    void *context;
} bound[MOST_PORTS];

static uint32_t ports[MOST_PORTS];
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
            if (port < MOST_PORTS && bound[port].handler)
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

/* Xen ends the poll at once if one of the ports has an event already, so none
 * slips in between the caller's last look and the wait. */
static void wait(uint64_t until)
{
    struct sched_poll poll = { ports, port_count, until == NEVER ? 0 : until };

    HYPERCALL2(sched_op, SCHEDOP_poll, &poll);
}

static const struct interrupt_source xen_events = { acknowledge, set_timer, wait };

void event_bind(uint32_t port, void (*handler)(void *context), void *context)
{
    struct evtchn_unmask unmask = { port };

    if (port >= MOST_PORTS)
        panic("event channel %u is beyond what this kernel knows", (unsigned)port);
    if (!bound[port].handler)
        ports[port_count++] = port;
    bound[port].handler = handler;
    bound[port].context = context;
    HYPERCALL2(event_channel_op, EVTCHNOP_unmask, &unmask);
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
