/*
 * See vif.h. The interfaces are looked for when the first program wants one, and are connected from
 * then on.
 */
#include <network/vif.h>
#include <linux/interface.h>
#include <time/clock.h>

/* A backend that is there at all is connected by then. */
#define SETTLE_TIME 5000000000ULL
#define CONNECT_TIME 3000000000ULL

/* Until it is looked again for a frame among what is dropped. */
#define PAUSE 1000000ULL

static const char *const own_keys[] = { "mac", NULL };
static const char *const keys[] = { "feature-rx-copy", "feature-split-event-channels", NULL };

static struct vif *vif_of(struct frontend *frontend)
{
    return (struct vif *)frontend;
}

static bool is_connected(const struct vif *vif)
{
    return vif->frontend.phase == FRONTEND_CONNECTED && net_queue_is_there(&vif->queue);
}

static void happened(void *context)
{
    struct vif *vif = context;

    wake_from_interrupt(&vif->events);
}

static void drop_all(struct vif *vif)
{
    for (unsigned i = 0; i < NET_BUFFERS && vif_received(vif); i++)
        vif_receive(vif, NULL, 0);
}

static void look(struct vif *vif)
{
    if (vif->user)
        wake_all(vif->user, 0);
    else
        drop_all(vif);
}

static void look_at_events(struct waiter *waiter, unsigned events)
{
    (void)events;
    look((struct vif *)((char *)waiter - offsetof(struct vif, looker)));
}

static void look_again(struct timer *timer, uint64_t now)
{
    (void)now;
    look((struct vif *)((char *)timer - offsetof(struct vif, again)));
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 'a' ^ 'A';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Six numbers of two hexadecimal digits, with colons between them. */
static bool read_mac(const char *text, uint8_t *mac)
{
    if (!text || strlen(text) != 3 * MAC_LENGTH - 1)
        return false;
    for (unsigned i = 0; i < MAC_LENGTH; i++, text += 3) {
        if (digit(text[0]) < 0 || digit(text[1]) < 0 || (i + 1 < MAC_LENGTH && text[2] != ':'))
            return false;
        mac[i] = digit(text[0]) << 4 | digit(text[1]);
    }
    return true;
}

static int found(struct frontend *frontend)
{
    struct vif *vif = vif_of(frontend);

    if (!read_mac(frontend_own(frontend, "mac"), vif->mac))
        return -EINVAL;
    vif->looker.notify = look_at_events;
    vif->again.expired = look_again;
    wait_join(&vif->looker, &vif->events, 0);
    return 0;
}

static void write_events(struct vif *vif)
{
    struct frontend *frontend = &vif->frontend;
    const struct net_queue *queue = &vif->queue;

    if (queue->rx_page.port) {
        frontend_write(frontend, "event-channel-tx", "%u", (unsigned)queue->tx_page.port);
        frontend_write(frontend, "event-channel-rx", "%u", (unsigned)queue->rx_page.port);
    } else {
        frontend_write(frontend, "event-channel", "%u", (unsigned)queue->tx_page.port);
    }
}

/* Frames of one page with all checksums in them, which is what a program reads: the backend is to
 * compute what the network of its own domain has left to the hardware. */
static int offer(struct frontend *frontend)
{
    struct vif *vif = vif_of(frontend);
    bool split = frontend_number_or(frontend, "feature-split-event-channels", 0) == 1;
    int error;

    if (frontend_number_or(frontend, "feature-rx-copy", 0) != 1)
        return -EOPNOTSUPP;
    error = net_queue_make(&vif->queue, frontend->backend_domid, split, happened, vif);
    if (error)
        return error;
    frontend_write(frontend, "tx-ring-ref", "%u", (unsigned)vif->queue.tx_page.refs[0]);
    frontend_write(frontend, "rx-ring-ref", "%u", (unsigned)vif->queue.rx_page.refs[0]);
    write_events(vif);
    frontend_write(frontend, "request-rx-copy", "1");
    frontend_write(frontend, "feature-rx-notify", "1");
    frontend_write(frontend, "feature-no-csum-offload", "1");
    frontend_write(frontend, "feature-ipv6-csum-offload", "0");
    frontend_write(frontend, "feature-sg", "0");
    return 0;
}

/* What was offered before the backend listened is told again. */
static int connect(struct frontend *frontend)
{
    struct vif *vif = vif_of(frontend);

    if (vif->queue.rx_page.port)
        event_send(vif->queue.rx_page.port);
    event_send(vif->queue.tx_page.port);
    look(vif);
    return 0;
}

static void end(struct frontend *frontend)
{
    struct vif *vif = vif_of(frontend);

    timer_cancel(&vif->again);
    net_queue_end(&vif->queue);
    if (vif->user)
        wake_all(vif->user, 0);
}

static const struct frontend_calls calls = { .found = found, .offer = offer, .connect = connect, .end = end };

static struct frontend_class vifs = {
    .type = "vif", .size = sizeof(struct vif), .own_keys = own_keys, .keys = keys,
    .offered = XenbusStateConnected, .calls = &calls,
};

static struct frontend *find(uint32_t number)
{
    struct frontend *frontend = vifs.devices;

    if (number != ANY_VIF)
        return frontend_find(&vifs, number);
    while (frontend && (frontend->phase == FRONTEND_ABSENT || vif_of(frontend)->user))
        frontend = frontend->next;
    return frontend;
}

int vif_take(uint32_t number, struct wait_queue *user, struct vif **vif)
{
    struct frontend *frontend;
    int error;

    frontends_begin(&vifs);
    error = frontends_settle(&vifs, clock_monotonic() + SETTLE_TIME);
    if (error)
        return error;
    frontend = find(number);
    if (!frontend || frontend->phase == FRONTEND_ABSENT)
        return -ENODEV;
    *vif = vif_of(frontend);
    if ((*vif)->user)
        return -EBUSY;
    (*vif)->user = user;
    error = frontend_wait(frontend, clock_monotonic() + CONNECT_TIME);
    if (error == -EINTR)
        (*vif)->user = NULL;
    return error == -EINTR ? error : 0;
}

void vif_give(struct vif *vif)
{
    vif->user = NULL;
    look(vif);
}

static void give_up_if_broken(struct vif *vif)
{
    if (vif->queue.broken)
        frontend_fail(&vif->frontend, vif->queue.broken);
}

bool vif_may_send(struct vif *vif, size_t limit)
{
    bool may;

    if (!is_connected(vif))
        return true;
    may = net_may_send(&vif->queue, limit);
    give_up_if_broken(vif);
    return may || !is_connected(vif);
}

void vif_send(struct vif *vif, const void *frame, size_t size)
{
    if (is_connected(vif))
        net_send(&vif->queue, frame, size);
}

size_t vif_received(struct vif *vif)
{
    size_t length;

    if (!is_connected(vif))
        return 0;
    length = net_received(&vif->queue);
    if (vif->queue.rx_unseen)
        timer_order(&vif->again, clock_monotonic() + PAUSE);
    give_up_if_broken(vif);
    return length;
}

void vif_receive(struct vif *vif, void *to, size_t size)
{
    net_receive(&vif->queue, to, size);
}
