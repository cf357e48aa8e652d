/*
 * A network interface's rings, by a backend that is this program, as it should be and as it could be at
 * its worst. It needs a kernel that net.c, beside this, is linked into.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../check.h"
#include "net.h"

/* Xen's io/netif.h and io/ring.h. */
#define RING 256
#define PAGE 4096
#define LEAST 14

enum { TX_MORE = 4, TX_EXTRA = 8, RX_VALIDATED = 1, RX_BLANK = 2, RX_MORE = 4, RX_EXTRA = 8, RX_PREFIX = 16, EXTRA_MORE = 1 };

struct tx_request {
    uint32_t ref;
    uint16_t offset, flags, id, size;
};

struct tx_response {
    uint16_t id;
    int16_t status;
};

struct rx_request {
    uint16_t id, pad;
    uint32_t ref;
};

struct rx_response {
    uint16_t id, offset, flags;
    int16_t status;
};

struct ring {
    uint32_t req_prod, req_event, rsp_prod, rsp_event;
    uint8_t private[48];
};

struct tx_ring {
    struct ring shared;
    union {
        struct tx_request req;
        struct tx_response rsp;
    } entries[RING];
};

struct rx_ring {
    struct ring shared;
    union {
        struct rx_request req;
        struct rx_response rsp;
        struct {
            uint8_t type, flags;
        } extra;
    } entries[RING];
};

_Static_assert(sizeof(((struct tx_ring *)0)->entries[0]) == 12, "Xen's");
_Static_assert(sizeof(((struct rx_ring *)0)->entries[0]) == 8, "Xen's");

static int device;
static struct net_request net;
static volatile struct tx_ring *tx;
static volatile struct rx_ring *rx;

/* What the backend knows. */
static uint32_t tx_seen, rx_seen; /* requests that were read */
static struct tx_request asked[BUFFERS];
static unsigned asked_count;
static uint8_t rx_id[RING]; /* of the request that was there */
static uint32_t rx_read;    /* answers that the kernel has looked at, as far as we know */
static bool in_extra, in_frame;

/* What the backend has in its buffers, whatever it says of it. */
static char contents[BUFFERS][PAGE];

static char frame[PAGE + 64], came[PAGE + 64], untouched[PAGE + 64];

static void make_contents(void)
{
    for (unsigned i = 0; i < BUFFERS; i++)
        for (size_t at = 0; at < PAGE; at++)
            contents[i][at] = i * 31 + at * 7 + (at >> 8);
    memset(untouched, 0x55, sizeof(untouched));
}

static void start(void)
{
    if (ioctl(device, NET_START, &net)) {
        printf("there are no rings: %s\n", strerror(errno));
        exit(1);
    }
    tx = net.tx_ring;
    rx = net.rx_ring;
    tx_seen = rx_seen = rx_read = asked_count = 0;
    in_extra = in_frame = false;
    for (unsigned i = 0; i < BUFFERS; i++)
        memcpy(net.rx[i], contents[i], PAGE);
}

static struct net_request *state(void)
{
    ioctl(device, NET_STATE, &net);
    return &net;
}

static bool is_broken(void) { return state()->broken; }

/* With anything in it. */
static int send_frame(uint32_t size)
{
    net.bytes = frame;
    net.size = size;
    net.limit = 1U << 30;
    return ioctl(device, NET_SEND, &net);
}

/* The length, or 0; nothing behind it is written to. */
static int receive_frame(void)
{
    int length;

    memset(came, 0x55, sizeof(came));
    net.bytes = came;
    net.size = PAGE;
    length = ioctl(device, NET_RECEIVE, &net);
    return memcmp(came + length, untouched, sizeof(came) - length) ? -1 : length;
}

/* Reads the requests that have come; false when one cannot be. */
static bool see_requests(void)
{
    bool good = tx->shared.req_prod - tx_seen <= BUFFERS && rx->shared.req_prod - rx_seen <= BUFFERS;

    for (; good && tx_seen != tx->shared.req_prod; tx_seen++) {
        struct tx_request request = tx->entries[tx_seen % RING].req;

        good = asked_count < BUFFERS && request.id < BUFFERS && request.ref == net.tx_refs[request.id]
            && !request.offset && !request.flags && request.size >= LEAST && request.size <= PAGE;
        for (unsigned i = 0; i < asked_count; i++)
            good &= asked[i].id != request.id;
        asked[asked_count++] = request;
    }
    for (; good && rx_seen != rx->shared.req_prod; rx_seen++) {
        struct rx_request request = rx->entries[rx_seen % RING].req;

        good = request.id < BUFFERS && request.ref == net.rx_refs[request.id];
        rx_id[rx_seen % RING] = request.id;
    }
    return good;
}

/* As the frame that was sent last is. */
static bool is_sent(const struct tx_request *request)
{
    return !memcmp(net.tx[request->id], frame, request->size);
}

static void put_sent(uint16_t id, int16_t status)
{
    tx->entries[tx->shared.rsp_prod % RING].rsp = (struct tx_response){ id, status };
    tx->shared.rsp_prod++;
}

static void put_received(struct rx_response response)
{
    rx->entries[rx->shared.rsp_prod % RING].rsp = response;
    rx->shared.rsp_prod++;
}

/* Is what has come this part of that buffer? */
static bool is_part(unsigned buffer, unsigned offset, int length)
{
    return !memcmp(came, contents[buffer] + offset, length);
}

static void try_sizes(void)
{
    int wrong = 0;

    start();
    CHECK(see_requests() && asked_count == 0 && rx_seen == BUFFERS);
    for (unsigned size = LEAST; size <= PAGE; size += size < 100 || size > PAGE - 100 ? 1 : 31) {
        for (unsigned i = 0; i < size; i++)
            frame[i] = size * 17 + i * 3;
        wrong += send_frame(size) != 1 || !see_requests() || asked_count != 1;
        wrong += asked[0].size != size || !is_sent(&asked[0]);
        put_sent(asked[0].id, 0);
        asked_count = 0;
    }
    CHECK(wrong == 0 && !is_broken());
}

/* As many as there are buffers, answered in another order. */
static void try_sending_all(void)
{
    int wrong = 0;

    start();
    for (int round = 0; round < 50; round++) {
        for (unsigned i = 0; i < BUFFERS; i++)
            wrong += send_frame(60) != 1;
        wrong += send_frame(60) != 0 || !see_requests() || asked_count != BUFFERS;
        for (unsigned i = 0; i < BUFFERS; i++)
            put_sent(asked[(i * 5 + round) % BUFFERS].id, i % 3 ? 0 : -1);
        asked_count = 0;
        wrong += send_frame(60) != 1 || !see_requests() || asked_count != 1;
        put_sent(asked[--asked_count].id, 0);
    }
    CHECK(wrong == 0 && !is_broken());
}

static void try_limit(void)
{
    start();
    CHECK(send_frame(1000) == 1 && send_frame(500) == 1);
    net.limit = 1500;
    CHECK(ioctl(device, NET_SEND, &net) == 0);
    net.limit = 1501;
    CHECK(ioctl(device, NET_SEND, &net) == 1);
    CHECK(state()->tx_bytes == 2000 && net.tx_lent == 3);
}

/* It is told that there is something when it wants to be, and else not. */
static void try_events(void)
{
    start();
    state();
    tx->shared.req_event = 1;
    CHECK(send_frame(60) == 1 && state()->events > 0);
    CHECK(send_frame(60) == 1 && state()->events == 0);
    tx->shared.req_event = 3;
    CHECK(send_frame(60) == 1 && state()->events > 0);

    /* And wants to be told. */
    CHECK(receive_frame() == 0 && rx->shared.rsp_event == rx->shared.rsp_prod + 1);
    for (unsigned i = 3; i < BUFFERS; i++)
        send_frame(60);
    CHECK(send_frame(60) == 0 && tx->shared.rsp_event == tx->shared.rsp_prod + 1);
}

static void try_receiving(void)
{
    int wrong = 0;

    start();
    CHECK(see_requests() && receive_frame() == 0);
    for (int i = 0; i < 2000; i++) {
        unsigned id = rx_id[i % RING], offset = i * 3 % 2000, length = LEAST + i % 1500;

        put_received((struct rx_response){ id, offset, i % 2 ? RX_VALIDATED : 0, length });
        wrong += receive_frame() != (int)length || !is_part(id, offset, length);
        wrong += !see_requests() || receive_frame() != 0;
    }
    CHECK(wrong == 0 && !is_broken() && !net.dropped);
}

/* Frames of a form that was not asked for; the one behind them is received. */
static void drops(const char *what, const struct rx_response *responses, unsigned count)
{
    unsigned at = rx->shared.rsp_prod;

    see_requests();
    for (unsigned i = 0; i < count; i++) {
        struct rx_response response = responses[i];

        if (!response.id) /* what tells more of a frame has none */
            response.id = rx_id[(at + i) % RING];
        put_received(response);
    }
    put_received((struct rx_response){ rx_id[(at + count) % RING], 5, 0, 77 });
    printf("%s\n", what);
    CHECK(receive_frame() == 77 && is_part(rx_id[(at + count) % RING], 5, 77));
    CHECK(receive_frame() == 0 && !is_broken());
}

#define DROPS(what, ...) \
    drops(what, (struct rx_response[]){ __VA_ARGS__ }, sizeof((struct rx_response[]){ __VA_ARGS__ }) / sizeof(struct rx_response))

static void try_dropping(void)
{
    start();
    DROPS("an error", { .status = -1 });
    DROPS("a very negative length", { .status = -32768 });
    DROPS("no bytes", { .status = 0 });
    DROPS("a short frame", { .status = LEAST - 1 });
    DROPS("more than a page", { .status = PAGE + 1 });
    DROPS("a long length", { .status = 32767 });
    DROPS("an offset and a length of more than a page", { .offset = PAGE - 59, .status = 60 });
    DROPS("an offset behind the page", { .offset = 65535, .status = 60 });
    DROPS("a blank checksum", { .flags = RX_BLANK, .status = 60 });
    DROPS("a prefix", { .flags = RX_PREFIX | RX_MORE, .status = 60 }, { .status = 60 });
    DROPS("two parts", { .flags = RX_MORE, .status = 1000 }, { .status = 60 });
    DROPS("three parts", { .flags = RX_MORE, .status = 1000 }, { .flags = RX_MORE, .status = 60 }, { .status = 60 });
    DROPS("more of a frame", { .flags = RX_EXTRA, .status = 60 }, { .id = 3, .status = 60 });
    DROPS("much more of it", { .flags = RX_EXTRA, .status = 60 }, { .id = EXTRA_MORE << 8 }, { .id = 3, .status = 60 });
    DROPS("unknown flags", { .flags = 0xffe0, .status = 60 });
}

static uint64_t seed;

static uint32_t some(uint32_t limit)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(seed >> 33) % limit;
}

static unsigned long mutated;

/* Of one in four, some bits of the entry; of few the number, with which it begins. */
static void mutate(volatile void *entry, size_t size)
{
    if (some(4))
        return;
    mutated++;
    for (uint32_t i = 1 + some(3); i; i--) {
        uint32_t at = some(300) ? sizeof(uint16_t) + some(size - sizeof(uint16_t)) : some(sizeof(uint16_t));

        ((volatile uint8_t *)entry)[at] ^= 1 << some(8);
    }
}

/* By any distance, now and then. */
static void mutate_index(volatile uint32_t *index)
{
    if (some(2000))
        return;
    mutated++;
    *index += 1U << some(32);
}

/* Answers some of what was asked, in any order. */
static void answer_sent(void)
{
    uint32_t first = some(BUFFERS), count = some(asked_count + 1);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = tx->shared.rsp_prod % RING;

        put_sent(asked[(first + i) % asked_count].id, some(3) - 1);
        mutate(&tx->entries[place].rsp, sizeof(struct tx_response));
    }
    mutate_index(&tx->shared.rsp_prod);
}

/* Takes the answers, which came after what had been asked for; do they break the rings? */
static bool breaks_sending(void)
{
    uint32_t taken = tx_seen - asked_count;

    if (tx->shared.rsp_prod - taken > asked_count)
        return true;
    for (; taken != tx->shared.rsp_prod; taken++) {
        unsigned id = tx->entries[taken % RING].rsp.id, which = 0;

        while (which < asked_count && asked[which].id != id)
            which++;
        if (which == asked_count)
            return true;
        asked[which] = asked[--asked_count];
    }
    return false;
}

static void send_something(void)
{
    for (uint32_t i = some(8); i; i--)
        send_frame(LEAST + some(some(8) ? 100 : PAGE - LEAST + 1));
}

/* Sends and answers; false when anything is not as it should be. */
static bool try_sent(bool *broken)
{
    bool breaks;

    send_something();
    if (!see_requests())
        return false;
    answer_sent();
    breaks = breaks_sending();
    send_frame(60);
    *broken = is_broken();
    if (breaks || *broken)
        return breaks == *broken;
    return see_requests() && net.tx_lent == asked_count;
}

static void answer_received(void)
{
    static const uint16_t flags[] = { 0, 0, 0, RX_VALIDATED, RX_VALIDATED, RX_MORE, RX_EXTRA, RX_BLANK };

    while (rx->shared.rsp_prod != rx_seen && some(16)) {
        uint32_t place = rx->shared.rsp_prod % RING;

        put_received((struct rx_response){ rx_id[place], some(2000), flags[some(8)], LEAST + some(2000) });
        mutate(&rx->entries[place].rsp, sizeof(struct rx_response));
    }
    mutate_index(&rx->shared.rsp_prod);
}

enum entry { NO_FRAME, FRAME, BROKEN };

/* What the next answer is to the kernel. */
static enum entry next_entry(struct rx_response *response, unsigned *buffer)
{
    uint32_t place = rx_read++ % RING;
    bool rest = in_frame;

    *response = rx->entries[place].rsp;
    *buffer = rx_id[place];
    if (in_extra) {
        in_extra = rx->entries[place].extra.flags & EXTRA_MORE;
        return NO_FRAME;
    }
    if (response->id != *buffer)
        return BROKEN;
    in_extra = response->flags & RX_EXTRA;
    in_frame = response->flags & RX_MORE;
    if (rest || response->flags & ~RX_VALIDATED || response->status < LEAST)
        return NO_FRAME;
    return response->offset + response->status <= PAGE ? FRAME : NO_FRAME;
}

/* Receives all that there is to be received, and nothing else. */
static bool try_received(bool *broken)
{
    struct rx_response frames[RING];
    unsigned buffers[RING], count = 0;
    bool breaks = false;
    uint32_t end;

    if (!see_requests())
        return false;
    answer_received();
    end = rx->shared.rsp_prod;
    if (end - rx_read > rx_seen - rx_read)
        return !receive_frame() && (*broken = is_broken());
    while (rx_read != end && !breaks) {
        enum entry kind = next_entry(&frames[count], &buffers[count]);

        breaks = kind == BROKEN;
        count += kind == FRAME;
    }
    for (unsigned i = 0; i < count; i++) {
        int length = receive_frame();

        if (length != frames[i].status || !is_part(buffers[i], frames[i].offset, length))
            return false;
    }
    if (receive_frame())
        return false;
    *broken = is_broken();
    return *broken == breaks && !net.unseen;
}

/* What is received into is never written to by the kernel. */
static bool are_untouched(void)
{
    for (unsigned i = 0; i < BUFFERS; i++)
        if (memcmp(net.rx[i], contents[i], PAGE))
            return false;
    return true;
}

static bool is_private_untouched(void)
{
    for (size_t i = 0; i < sizeof(tx->shared.private); i++)
        if (tx->shared.private[i] || rx->shared.private[i])
            return false;
    for (size_t i = sizeof(struct tx_ring); i < PAGE; i++)
        if (((volatile char *)tx)[i])
            return false;
    for (size_t i = sizeof(struct rx_ring); i < PAGE; i++)
        if (((volatile char *)rx)[i])
            return false;
    return true;
}

static void try_mutations(uint64_t from, unsigned long enough)
{
    unsigned wrong = 0, written = 0, rounds = 0, breaks = 0;

    seed = from;
    mutated = 0;
    start();
    for (; mutated < enough && !wrong; rounds++) {
        bool broken = false;

        wrong += !try_sent(&broken);
        if (!broken && !wrong)
            wrong += !try_received(&broken);
        if (broken || rounds % 1000 == 0)
            written += !are_untouched() || !is_private_untouched();
        if (!broken)
            continue;
        breaks++;
        wrong += send_frame(60) != 0 || receive_frame() != 0;
        start();
    }
    printf("%lu mutated entries in %u rounds, which broke the rings %u times\n", mutated, rounds, breaks);
    CHECK(wrong == 0 && written == 0);
    CHECK(breaks > 10 && breaks < rounds);
}

/* Linux's uapi/xen/gntdev.h. */
struct map_call {
    uint32_t count, pad;
    uint64_t index;
    struct {
        uint32_t domid, ref;
    } refs[BUFFERS];
};
#define MAP_GRANT_REF ('G' << 8 | 24 << 16)

#define MOST_MAPS 16

/* Maps all that is received into, and keeps that; false when it cannot be. */
static bool keep_pages(void **place)
{
    static int gntdev = -1;
    struct map_call call = { .count = BUFFERS };

    if (gntdev < 0)
        gntdev = open("/dev/xen/gntdev", O_RDWR);
    for (unsigned i = 0; i < BUFFERS; i++)
        call.refs[i].ref = net.rx_refs[i];
    if (ioctl(gntdev, MAP_GRANT_REF, &call))
        return false;
    *place = mmap(NULL, BUFFERS * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, gntdev, call.index);
    return *place != MAP_FAILED;
}

/* A backend that begins again and again and gives nothing back is refused at some time, and served
 * once it does. */
static void try_keeping(void)
{
    void *places[MOST_MAPS];
    unsigned kept = 0;

    start();
    while (kept < MOST_MAPS && keep_pages(&places[kept])) {
        kept++;
        if (ioctl(device, NET_START, &net))
            break;
    }
    printf("refused when pages had been kept %u times: %s\n", kept, strerror(errno));
    CHECK(errno == EBUSY && kept > 2 && kept < MOST_MAPS);
    CHECK(state()->lingering >= kept * BUFFERS);
    for (unsigned i = 0; i < kept; i++)
        munmap(places[i], BUFFERS * PAGE);
    for (int tries = 0; tries < 20 && ioctl(device, NET_START, &net); tries++)
        ;
    start();
    CHECK(send_frame(60) == 1);
    for (int i = 0; i < 3; i++)
        start();
}

/* Rings that have ended hold nothing any more. The program's own memory is there by then. */
static uint32_t unused_pages(void)
{
    ioctl(device, NET_END, &net);
    CHECK(state()->lingering == 0);
    return net.unused_pages;
}

int main(void)
{
    uint32_t unused;

    make_contents();
    CHECK((device = open("/dev/netif", O_RDWR)) >= 0);
    try_sizes();
    try_sending_all();
    try_limit();
    try_events();
    try_receiving();
    try_dropping();
    try_keeping();
    try_mutations(1, 100000);
    unused = unused_pages();
    try_mutations(2, 100000);
    try_mutations(3, 100000);
    CHECK(unused_pages() == unused);
    return failures;
}
