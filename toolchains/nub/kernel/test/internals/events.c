/*
 * A device through which a program tries the kernel's event channels.
 */
#include <files/files.h>
#include <interrupts/events.h>
#include <interrupts/interrupts.h>
#include <xen/hypercall.h>
#include "events.h"

#define WORD_BITS (sizeof(long) * 8)

static struct slot {
    volatile unsigned count;
    uint32_t closes;
} slots[SLOTS];

static struct wait_queue queue = { .outside = true };

static void happened(void *context)
{
    struct slot *slot = context;

    slot->count++;
    if (slot->closes)
        event_close(slot->closes);
    wake_from_interrupt(&queue);
}

static long send_both(uint32_t a, uint32_t b)
{
    long error;

    interrupts_off();
    error = event_send(a);
    if (!error)
        error = event_send(b);
    interrupts_on();
    return error;
}

static long raise(uint32_t port)
{
    struct shared_info *info = &shared_page.info;
    unsigned word = port / WORD_BITS;
    unsigned long bit = 1UL << port % WORD_BITS;

    interrupts_off();
    __atomic_fetch_and(&info->evtchn_mask[word], ~bit, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&info->evtchn_pending[word], bit, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&info->vcpu_info[0].evtchn_pending_sel, 1UL << word, __ATOMIC_SEQ_CST);
    __atomic_store_n(&info->vcpu_info[0].evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
    interrupts_on();
    return !!(__atomic_load_n(&info->evtchn_pending[word], __ATOMIC_SEQ_CST) & bit);
}

static long wait_for(struct slot *slot)
{
    while (!slot->count)
        wait_on(&queue, 0, NEVER);
    return 0;
}

static long ioctl(struct file *file, unsigned long request, void *argument)
{
    struct events_request *with = argument;
    struct slot *slot = &slots[with->a % SLOTS];

    (void)file;
    switch (request) {
    case EVENTS_ALLOC: return event_alloc_unbound(with->b, happened, slot);
    case EVENTS_CONNECT: return event_bind_interdomain(with->b, with->c, happened, slot);
    case EVENTS_VIRQ: return event_bind_virq(with->b, happened, slot);
    case EVENTS_BIND: return event_bind(with->b, happened, slot);
    case EVENTS_MASK: return event_mask(with->a), 0;
    case EVENTS_UNMASK: return event_unmask(with->a), 0;
    case EVENTS_SEND: return event_send(with->a);
    case EVENTS_SEND_BOTH: return send_both(with->a, with->b);
    case EVENTS_UNBIND: return event_unbind(with->a), 0;
    case EVENTS_CLOSE: return event_close(with->a);
    case EVENTS_CLOSE_WITH: slot->closes = with->b; return 0;
    case EVENTS_RAISE: return raise(with->a);
    case EVENTS_COUNT: return __atomic_exchange_n(&slot->count, 0, __ATOMIC_SEQ_CST);
    case EVENTS_WAIT: return wait_for(slot);
    default: return -ENOTTY;
    }
}

static const struct file_kind events_file = { .mode = S_IFCHR, .ioctl = ioctl };

DEVICE(events, "dev/events", &events_file, 0xf000, 0600);
