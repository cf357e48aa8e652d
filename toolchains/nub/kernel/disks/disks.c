/*
 * Disks as Xen's devices: what is agreed on with the backend, and the names in /dev.
 */
#include <disks/disks.h>
#include <files/ram.h>
#include <linux/interface.h>
#include <time/clock.h>

#define LARGEST_PHYSICAL (1u << 20)
#define PATIENCE 10000000000ULL

/* Spare pages that the backend keeps mapped, if it likes to. */
#define PERSISTENT 1

static struct block *block_of(struct frontend *frontend)
{
    return (struct block *)frontend;
}

/* Another disk of the same name comes when this one has gone. */
static int found(struct frontend *frontend)
{
    struct block *block = block_of(frontend);
    const char *type = frontend_own(frontend, "device-type");

    if (!block_name(frontend->number, block->name, &block->device))
        return -EINVAL;
    block->insertion++;
    block->cdrom = type && !strcmp(type, "cdrom");
    block->sectors = 0;
    block->sector_size = block->physical_size = SECTOR;
    block->node = tree_add_device(block->name, &block_kind, block->device, 0660, block);
    return block->node ? 0 : -ENOMEM;
}

static void gone(struct frontend *frontend)
{
    tree_remove_device(block_of(frontend)->node, block_of(frontend)->name);
}

static int offer(struct frontend *frontend)
{
    struct block *block = block_of(frontend);
    unsigned order = smaller(frontend_number_or(frontend, "max-ring-page-order", 0), RING_ORDER);
    int error = block_ring_make(block, order);

    if (error)
        return error;
    if (order)
        frontend_write(frontend, "ring-page-order", "%u", order);
    for (unsigned i = 0; i < block->ring.pages; i++) {
        char key[16];

        format(key, sizeof(key), order ? "ring-ref%u" : "ring-ref", i);
        frontend_write(frontend, key, "%u", (unsigned)block->ring.refs[i]);
    }
    frontend_write(frontend, "event-channel", "%u", (unsigned)block->ring.port);
    frontend_write(frontend, "protocol", XEN_IO_PROTO_ABI_NATIVE);
    frontend_write(frontend, "feature-persistent", "%u", PERSISTENT);
    return 0;
}

static bool is_power(uint64_t number)
{
    return number && !(number & (number - 1));
}

/* A size that its sectors can have; the count is of 512 bytes each. */
static int read_size(struct block *block)
{
    const struct frontend *frontend = &block->frontend;
    uint64_t sectors, unit = frontend_number_or(frontend, "sector-size", SECTOR);
    uint64_t physical = frontend_number_or(frontend, "physical-sector-size", unit);

    if (!frontend_number(frontend, "sectors", &sectors) || sectors > INT64_MAX >> SECTOR_SHIFT)
        return -EINVAL;
    if (!is_power(unit) || unit < SECTOR || unit > PAGE_SIZE)
        return -EINVAL;
    block->sector_size = unit;
    block->physical_size = is_power(physical) && physical >= unit && physical <= LARGEST_PHYSICAL ? physical : unit;
    block->sectors = sectors & ~(unit / SECTOR - 1);
    return 0;
}

static bool has(const struct frontend *frontend, const char *feature)
{
    return frontend_number_or(frontend, feature, 0) == 1;
}

static int connect(struct frontend *frontend)
{
    struct block *block = block_of(frontend);
    uint64_t info = frontend_number_or(frontend, "info", 0);
    uint64_t indirect = frontend_number_or(frontend, "feature-max-indirect-segments", 0);
    int error = read_size(block);

    if (error)
        return error;
    block->readonly = info & VDISK_READONLY;
    block->cdrom |= info & VDISK_CDROM;
    block->flush = has(frontend, "feature-flush-cache");
    block->barrier = has(frontend, "feature-barrier");
    block->discard = has(frontend, "feature-discard");
    block->persistent = PERSISTENT && has(frontend, "feature-persistent");
    block->most_segments = larger(smaller(indirect, PIECE_SEGMENTS), MOST_DIRECT);
    return 0;
}

/* It may have become larger or smaller. */
static void changed(struct frontend *frontend)
{
    struct block *block = block_of(frontend);
    unsigned before = block->sector_size;

    if (read_size(block) || block->sector_size != before)
        frontend_fail(frontend, "its backend says what cannot be");
}

static void end(struct frontend *frontend)
{
    block_ring_end(block_of(frontend));
}

static const char *const own_keys[] = { "device-type", NULL };
static const char *const keys[] = {
    "sectors", "sector-size", "physical-sector-size", "info", "max-ring-page-order", "feature-flush-cache",
    "feature-barrier", "feature-discard", "feature-persistent", "feature-max-indirect-segments", NULL,
};

static const struct frontend_calls calls = {
    .found = found, .offer = offer, .connect = connect, .changed = changed, .end = end, .gone = gone,
};

struct frontend_class block_class = {
    .type = "vbd", .size = sizeof(struct block), .own_keys = own_keys, .keys = keys,
    .offered = XenbusStateInitialised, .calls = &calls,
};

void block_start(void)
{
    frontends_begin(&block_class);
}

void block_settle(void)
{
    if (frontends_settle(&block_class, clock_monotonic() + PATIENCE) == -ETIMEDOUT)
        print("nub: xenstore has not said which disks there are\n");
}
