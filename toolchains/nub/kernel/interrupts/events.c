/*
 * Event channels: which handler each port has, and what Xen is asked to do with
 * them. The handlers are in pages of their own, taken when the first port of a
 * page is used and never given back.
 */
#include <interrupts/events.h>
#include <interrupts/interrupts.h>
#include <linux/interface.h>
#include <memory/pages.h>
#include <xen/event_channel.h>
#include <xen/hypercall.h>

#define WORD_BITS (sizeof(long) * 8)

struct binding {
    event_handler *handler; /* NULL: nobody's */
    void *context;
};

#define BINDINGS_PER_PAGE (PAGE_SIZE / sizeof(struct binding))

static struct binding *bindings[EVTCHN_2L_NR_CHANNELS / BINDINGS_PER_PAGE];

/* NULL: there is no such port, or nobody has used one nearby. */
static struct binding *binding_of(uint32_t port)
{
    struct binding *page = port < EVTCHN_2L_NR_CHANNELS ? bindings[port / BINDINGS_PER_PAGE] : NULL;

    return page ? &page[port % BINDINGS_PER_PAGE] : NULL;
}

static int make_binding(uint32_t port)
{
    pfn page;

    if (!port || port >= EVTCHN_2L_NR_CHANNELS)
        return -EINVAL;
    if (binding_of(port))
        return 0;
    page = page_take();
    if (page == NO_PAGE)
        return -ENOMEM;
    bindings[port / BINDINGS_PER_PAGE] = page_address(page);
    return 0;
}

static unsigned long bit_of(uint32_t port)
{
    return 1UL << port % WORD_BITS;
}

/* A handler may mask or close ports that have an event in the same word, so each
 * is looked at again when it is its turn. */
static void look_at(uint32_t port)
{
    struct shared_info *info = &shared_page.info;
    unsigned word = port / WORD_BITS;
    unsigned long bit = bit_of(port);
    const struct binding *binding = binding_of(port);

    if (__atomic_load_n(&info->evtchn_mask[word], __ATOMIC_SEQ_CST) & bit)
        return;
    if (!(__atomic_fetch_and(&info->evtchn_pending[word], ~bit, __ATOMIC_SEQ_CST) & bit))
        return;
    if (binding && binding->handler)
        binding->handler(binding->context);
}

void events_acknowledge(void)
{
    volatile struct shared_info *info = &shared_page.info;
    unsigned long words;

    info->vcpu_info[0].evtchn_upcall_pending = 0;
    words = __atomic_exchange_n(&info->vcpu_info[0].evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    for (; words; words &= words - 1) {
        unsigned word = __builtin_ctzl(words);
        unsigned long bits = info->evtchn_pending[word];

        for (; bits; bits &= bits - 1)
            look_at(word * WORD_BITS + __builtin_ctzl(bits));
    }
}

void event_mask(uint32_t port)
{
    if (port < EVTCHN_2L_NR_CHANNELS)
        __atomic_fetch_or(&shared_page.info.evtchn_mask[port / WORD_BITS], bit_of(port), __ATOMIC_SEQ_CST);
}

/* Xen sees to what has waited. */
void event_unmask(uint32_t port)
{
    struct evtchn_unmask request = { port };

    HYPERCALL2(event_channel_op, EVTCHNOP_unmask, &request);
}

int event_send(uint32_t port)
{
    struct evtchn_send request = { port };

    return HYPERCALL2(event_channel_op, EVTCHNOP_send, &request);
}

/* The handler first: an event between the two would find only half. */
int event_bind(uint32_t port, event_handler *handler, void *context)
{
    int error = make_binding(port);

    if (error)
        return error;
    event_mask(port);
    *binding_of(port) = (struct binding){ handler, context };
    event_unmask(port);
    return 0;
}

void event_unbind(uint32_t port)
{
    struct binding *binding = binding_of(port);

    event_mask(port);
    if (binding)
        binding->handler = NULL;
}

static int close(uint32_t port)
{
    struct evtchn_close request = { port };

    return HYPERCALL2(event_channel_op, EVTCHNOP_close, &request);
}

/* Xen forgets an event that has not been seen. */
int event_close(uint32_t port)
{
    event_unbind(port);
    return close(port);
}

/* A port that Xen has just made, which does not stay if it cannot be bound. */
static int bind_new(uint32_t port, event_handler *handler, void *context)
{
    int error = event_bind(port, handler, context);

    if (error)
        close(port);
    return error ? error : (int)port;
}

int event_alloc_unbound(uint16_t remote_domid, event_handler *handler, void *context)
{
    struct evtchn_alloc_unbound request = { .dom = DOMID_SELF, .remote_dom = remote_domid };
    int error = HYPERCALL2(event_channel_op, EVTCHNOP_alloc_unbound, &request);

    return error ? error : bind_new(request.port, handler, context);
}

int event_bind_interdomain(uint16_t remote_domid, uint32_t remote_port, event_handler *handler, void *context)
{
    struct evtchn_bind_interdomain request = { .remote_dom = remote_domid, .remote_port = remote_port };
    int error = HYPERCALL2(event_channel_op, EVTCHNOP_bind_interdomain, &request);

    return error ? error : bind_new(request.local_port, handler, context);
}

int event_bind_virq(uint32_t virq, event_handler *handler, void *context)
{
    struct evtchn_bind_virq request = { .virq = virq };
    int error = HYPERCALL2(event_channel_op, EVTCHNOP_bind_virq, &request);

    return error ? error : bind_new(request.port, handler, context);
}

void events_start(void)
{
    for (unsigned word = 0; word < WORD_BITS; word++)
        shared_page.info.evtchn_mask[word] = ~0UL;
}
