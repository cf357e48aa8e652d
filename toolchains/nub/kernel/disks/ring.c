/*
 * The ring of requests and answers. Answers are taken when the backend's event has been
 * noted, by whichever thread is there.
 */
#include <disks/disks.h>
#include <linux/interface.h>

#define NO_SLOT UINT16_MAX

static void happened(void *context)
{
    struct block *block = context;

    wake_from_interrupt(&block->events);
}

static void finish(struct block *block, struct slot *slot, int error)
{
    struct block_wait *wait = slot->wait;

    slot->wait = NULL;
    if (slot->indirect)
        spare_give(block, &slot->list, block->connection);
    slot->next_free = block->first_free;
    block->first_free = slot - block->slots;
    block->outstanding--;
    if (error)
        wait->error = error;
    if (!--wait->pending)
        wake_all(&wait->done, 0);
}

static int error_of(int status)
{
    return status == BLKIF_RSP_OKAY ? 0 : status == BLKIF_RSP_EOPNOTSUPP ? -EOPNOTSUPP : -EIO;
}

/* What the backend says now is looked at, not what it will say next. */
static const char *take_answer(struct block *block, RING_IDX at)
{
    const volatile struct blkif_response *shared = &block->front.sring->ring[at % block->front.nr_ents].rsp;
    uint64_t id = shared->id;
    uint8_t operation = shared->operation;
    int16_t status = shared->status;
    struct slot *slot;

    if (id >= block->front.nr_ents)
        return "an answer is to nothing that was asked";
    slot = &block->slots[id];
    if (!slot->wait)
        return "an answer is to what is not under way";
    if (slot->operation != operation)
        return "an answer is of another kind than the request";
    finish(block, slot, error_of(status));
    return NULL;
}

/* No more answers than there can be; the backend is asked for an event with the next one,
 * and may have put it there before. */
static const char *take_answers(struct block *block)
{
    struct blkif_front_ring *front = &block->front;
    RING_IDX produced;
    const char *wrong = NULL;

    while ((produced = __atomic_load_n(&front->sring->rsp_prod, __ATOMIC_ACQUIRE)) != front->rsp_cons) {
        if (produced - front->rsp_cons > block->outstanding)
            return "there are more answers than requests";
        while (front->rsp_cons != produced && !wrong)
            wrong = take_answer(block, front->rsp_cons++);
        if (wrong)
            return wrong;
        __atomic_store_n(&front->sring->rsp_event, front->rsp_cons + 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void look(struct waiter *waiter, unsigned events)
{
    struct block *block = (struct block *)((char *)waiter - offsetof(struct block, looker));
    const char *wrong;

    (void)events;
    if (!block->ring.memory)
        return;
    wrong = take_answers(block);
    if (wrong)
        frontend_fail(&block->frontend, wrong);
    else if (block->first_free != NO_SLOT)
        wake_all(&block->room, 0);
}

static bool make_slots(struct block *block)
{
    unsigned count = block->front.nr_ents;

    block->slots = kernel_take(count * sizeof(*block->slots));
    if (!block->slots)
        return false;
    for (unsigned i = 0; i < count; i++)
        block->slots[i] = (struct slot){ .next_free = i + 1 < count ? i + 1 : NO_SLOT };
    block->first_free = 0;
    block->outstanding = 0;
    return true;
}

/* As many entries as there is room for, but a power of two. */
static unsigned entries(size_t size)
{
    size_t most = (size - offsetof(struct blkif_sring, ring)) / sizeof(union blkif_sring_entry);
    unsigned count = 1;

    while (2 * count <= most)
        count *= 2;
    return count;
}

int block_ring_make(struct block *block, unsigned order)
{
    uint16_t domid = block->frontend.backend_domid;
    int error = frontend_ring_make(&block->ring, domid, 1u << order);
    struct blkif_sring *shared = block->ring.memory;

    if (error)
        return error;
    block->connection++;
    block->front = (struct blkif_front_ring){ .nr_ents = entries(PAGE_SIZE << order), .sring = shared };
    shared->req_event = shared->rsp_event = 1;
    if (!make_slots(block))
        return -ENOMEM;
    block->events.outside = true;
    block->looker.notify = look;
    wait_join(&block->looker, &block->events, 0);
    return frontend_ring_listen(&block->ring, domid, happened, block);
}

/* Those who wait are told, for they look at the device themselves. */
void block_ring_end(struct block *block)
{
    unsigned count = block->front.nr_ents;

    frontend_ring_end(&block->ring);
    for (unsigned i = 0; block->slots && i < count; i++)
        if (block->slots[i].wait)
            finish(block, &block->slots[i], -EIO);
    if (block->slots)
        kernel_give(block->slots, count * sizeof(*block->slots));
    block->slots = NULL;
    block->first_free = NO_SLOT;
    spares_end(block);
    wake_all(&block->room, 0);
}

/* Is the event for what is between the two wanted? The backend may ask for what it likes. */
static bool wants_event(const struct blkif_sring *shared, RING_IDX before, RING_IDX now)
{
    RING_IDX event = __atomic_load_n(&shared->req_event, __ATOMIC_SEQ_CST);

    return now - event < now - before;
}

static void put(struct block *block, const struct blkif_request *request)
{
    struct blkif_front_ring *front = &block->front;
    RING_IDX before = front->req_prod_pvt++;

    memcpy(&front->sring->ring[before % front->nr_ents].req, request, sizeof(*request));
    __atomic_store_n(&front->sring->req_prod, front->req_prod_pvt, __ATOMIC_SEQ_CST);
    if (wants_event(front->sring, before, front->req_prod_pvt))
        event_send(block->ring.port);
}

/* Waits for a place in the ring. */
static int wait_for_room(struct block *block)
{
    unsigned connection = block->connection;

    while (block->frontend.phase == FRONTEND_CONNECTED && block->first_free == NO_SLOT)
        wait_undisturbed(&block->room, NEVER);
    return block->frontend.phase == FRONTEND_CONNECTED && block->connection == connection ? 0 : -EIO;
}

static void make_indirect(struct blkif_request *request, const struct spare *list, unsigned count)
{
    struct blkif_request direct = *request;
    struct blkif_request_indirect *indirect = (struct blkif_request_indirect *)request;

    memset(request, 0, sizeof(*request));
    *indirect = (struct blkif_request_indirect){
        .operation = BLKIF_OP_INDIRECT, .indirect_op = direct.operation, .nr_segments = count, .id = direct.id,
        .sector_number = direct.sector_number, .handle = direct.handle, .indirect_grefs = { list->ref },
    };
}

static int put_segments(struct block *block, struct slot *slot, struct blkif_request *request,
                        const struct blkif_request_segment *segments, unsigned count)
{
    if (count <= MOST_DIRECT) {
        memcpy(request->seg, segments, count * sizeof(*segments));
        request->nr_segments = count;
        return 0;
    }
    if (!spare_take(block, &slot->list))
        return -ENOMEM;
    slot->indirect = true;
    memcpy(page_address(slot->list.page), segments, count * sizeof(*segments));
    make_indirect(request, &slot->list, count);
    return 0;
}

int block_send(struct block *block, struct blkif_request *request, const struct blkif_request_segment *segments,
               unsigned count, struct block_wait *wait)
{
    int error = wait_for_room(block);
    struct slot *slot;

    if (error)
        return error;
    slot = &block->slots[block->first_free];
    slot->operation = request->operation;
    slot->indirect = false;
    request->id = block->first_free;
    request->handle = block->frontend.number;
    if (segments)
        error = put_segments(block, slot, request, segments, count);
    if (error)
        return error;
    block->first_free = slot->next_free;
    block->outstanding++;
    slot->wait = wait;
    wait->pending++;
    put(block, request);
    return 0;
}

int block_await(struct block_wait *wait)
{
    wait->done.outside = true;
    while (wait->pending)
        wait_undisturbed(&wait->done, NEVER);
    return wait->error;
}
