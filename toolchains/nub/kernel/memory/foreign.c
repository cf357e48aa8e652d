/*
 * The areas' side of foreign frames: what each page of a backing shows is kept in a list, so
 * that it can be shown again elsewhere or with other rights.
 */
#include <environment/environment.h>
#include <linux/interface.h>
#include <memory/area_tree.h>
#include <memory/foreign.h>
#include <xen/hypercall.h>

static struct pool pool = { .object_size = sizeof(struct foreign) };

static const struct foreign_method *method(void)
{
    return environment.pv ? &foreign_pv : &foreign_pvh;
}

static struct foreign *foreign_of(const struct backing *backing)
{
    return (struct foreign *)((char *)backing - offsetof(struct foreign, backing));
}

static struct foreign_part part_of(const struct backing *backing, uint64_t offset, uintptr_t address, size_t size,
                                   unsigned rights)
{
    return (struct foreign_part){
        foreign_of(backing), address, offset >> PAGE_SHIFT, size >> PAGE_SHIFT, rights,
    };
}

/* A frame that was not put there does not come by being touched. */
static enum fault page_of(struct backing *backing, uint64_t offset, pfn *page)
{
    (void)backing;
    (void)offset;
    (void)page;
    return FAULT_BEYOND;
}

static uint64_t size_of(const struct backing *backing)
{
    return (uint64_t)foreign_of(backing)->count << PAGE_SHIFT;
}

static void name_of(const struct backing *backing, char *to, size_t size)
{
    format(to, size, "%s", foreign_of(backing)->name);
}

static void leave(struct backing *backing, uint64_t offset, uintptr_t address, size_t size)
{
    struct foreign_part part = part_of(backing, offset, address, size, 0);

    method()->leave(&part);
}

static void protect(struct backing *backing, uint64_t offset, uintptr_t address, size_t size, unsigned rights)
{
    struct foreign_part part = part_of(backing, offset, address, size, rights);

    method()->protect(&part);
}

static void move(struct backing *backing, uint64_t offset, uintptr_t from, uintptr_t to, size_t size,
                 unsigned rights)
{
    struct foreign_part part = part_of(backing, offset, from, size, rights);

    method()->move(&part, to);
}

static void release(struct backing *backing)
{
    struct foreign *foreign = foreign_of(backing);

    method()->end(foreign);
    kernel_give(foreign->frames, foreign->count * sizeof(*foreign->frames));
    pool_give(&pool, foreign);
}

static const struct backing_kind foreign_kind = {
    .page = page_of, .size = size_of, .name = name_of, .leave = leave, .protect = protect, .move = move,
    .release = release,
};

bool foreign_make(size_t size, const char *name, struct mapping *mapping)
{
    size_t count = size >> PAGE_SHIFT;
    struct foreign *foreign;
    uint64_t *frames;

    if (count > LONGEST_RUN * PAGE_SIZE / sizeof(*frames))
        return false;
    foreign = pool_take(&pool);
    frames = kernel_take(count * sizeof(*frames));
    if (foreign && frames) {
        memset(frames, 0, count * sizeof(*frames));
        *foreign = (struct foreign){ .backing.kind = &foreign_kind, .name = name, .count = count, .frames = frames };
        if (method()->start(foreign)) {
            mapping->backing = &foreign->backing;
            mapping->offset = 0;
            backing_hold(mapping->backing);
            return true;
        }
    }
    if (frames)
        kernel_give(frames, count * sizeof(*frames));
    if (foreign)
        pool_give(&pool, foreign);
    return false;
}

bool foreign_find(uintptr_t address, size_t count, const char *name, struct foreign_part *part, bool *whole)
{
    const struct area *area = area_around(address);

    if (!area || address & PAGE_MASK || !area->backing || area->backing->kind != &foreign_kind
        || foreign_of(area->backing)->name != name || count > (area->end - address) >> PAGE_SHIFT)
        return false;
    *part = part_of(area->backing, area->offset + (address - area->start), address, count << PAGE_SHIFT,
                    area->rights);
    *whole = area->start == address && area->end == address + (count << PAGE_SHIFT);
    return true;
}

bool foreign_any(const struct foreign_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        if (part->foreign->frames[part->first + i])
            return true;
    return false;
}

static struct foreign_part piece_of(const struct foreign_part *part, size_t from)
{
    struct foreign_part piece = *part;

    piece.address += from << PAGE_SHIFT;
    piece.first += from;
    piece.count = smaller(part->count - from, FOREIGN_AT_ONCE);
    return piece;
}

bool foreign_fill(const struct foreign_part *part, uint16_t domid, const xen_pfn_t *frames, int *errors)
{
    uint64_t *shown = &part->foreign->frames[part->first];

    part->foreign->used = true;
    if (!tables_prepare(part->address, part->count << PAGE_SHIFT))
        return false;
    for (size_t from = 0; from < part->count; from += FOREIGN_AT_ONCE) {
        struct foreign_part piece = piece_of(part, from);

        for (size_t i = from; i < from + piece.count; i++)
            shown[i] = (uint64_t)frames[i] >> FOREIGN_FRAME_BITS ? 0 : foreign_frame(frames[i], domid, false);
        method()->fill(&piece, errors + from);
        for (size_t i = from; i < from + piece.count; i++)
            if (errors[i])
                shown[i] = 0;
    }
    return true;
}

/* Fills all with what Xen has listed, or tells the first error. */
static int fill_listed(const struct foreign_part *part, uint16_t domid, const xen_pfn_t *list)
{
    uint64_t *shown = &part->foreign->frames[part->first];
    int errors[FOREIGN_AT_ONCE], error = 0;

    for (size_t from = 0; from < part->count; from += FOREIGN_AT_ONCE) {
        struct foreign_part piece = piece_of(part, from);

        for (size_t i = from; i < from + piece.count; i++)
            shown[i] = foreign_frame(list[i], domid, true);
        method()->fill_placed(&piece, errors);
        for (size_t i = 0; i < piece.count; i++)
            if (errors[i] && !error)
                error = errors[i];
    }
    return error;
}

int foreign_fill_resource(const struct foreign_part *part, struct xen_mem_acquire_resource *request)
{
    size_t size = part->count * sizeof(xen_pfn_t);
    xen_pfn_t *list;
    int error;

    if (!tables_prepare(part->address, part->count << PAGE_SHIFT))
        return -ENOMEM;
    list = kernel_take(size);
    if (!list)
        return -ENOMEM;
    part->foreign->used = true;
    memset(list, 0, size);
    method()->place(part, list);
    request->frame_list = list;
    error = HYPERCALL2(memory_op, XENMEM_acquire_resource, request);
    /* With EIO it has placed some: which ones, only Xen knows. */
    if (!error || error == -EIO)
        error = fill_listed(part, request->domid, list) ?: error;
    if (error) {
        method()->leave(part);
        memset(&part->foreign->frames[part->first], 0, part->count * sizeof(uint64_t));
    }
    kernel_give(list, size);
    return error;
}
