/*
 * Foreign frames of a PVH guest: Xen puts them into the guest's physical address space, where
 * nothing else is, and there they are mapped from. Each backing has a place of its own.
 */
#include <arch.h>
#include <linux/interface.h>
#include <memory/foreign.h>
#include <memory/tables.h>
#include <xen/hypercall.h>

#define LOWEST (1ULL << 32) /* below it, Xen has pages in places that no memory map tells */

#define MOST_AVOIDED 64

static struct {
    uint64_t start, end;
} avoided[MOST_AVOIDED];
static size_t avoided_count;

static uint64_t places_start, places_end; /* in pages */
static struct foreign *places;            /* in use, the lowest first */

void foreign_avoid(uint64_t start, uint64_t size)
{
    uint64_t end = ROUND_UP(start + size, (uint64_t)PAGE_SIZE);

    if (end <= LOWEST)
        return;
    if (avoided_count == MOST_AVOIDED)
        avoided[--avoided_count].start = LOWEST; /* and then there is hardly a place */
    avoided[avoided_count].start = ROUND_DOWN(start, (uint64_t)PAGE_SIZE);
    avoided[avoided_count].end = end;
    avoided_count++;
}

/* Where the gap that begins at an address ends; there, if that is in none. */
static uint64_t gap_end(uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < avoided_count; i++)
        if (avoided[i].end > start)
            end = smaller(end, larger(avoided[i].start, start));
    return end;
}

static void consider(uint64_t start, uint64_t end)
{
    end = gap_end(start, end);
    if (end > start && (end - start) >> PAGE_SHIFT > places_end - places_start) {
        places_start = start >> PAGE_SHIFT;
        places_end = end >> PAGE_SHIFT;
    }
}

/* Takes the largest gap. */
void foreign_use_physical(void)
{
    unsigned bits = cpuid(0x80000000).a >= 0x80000008 ? cpuid(0x80000008).a & 0xff : 36;
    uint64_t end = 1ULL << smaller(bits, 52);

#ifdef __i386__
    end = smaller(end, (uint64_t)~0UL << PAGE_SHIFT); /* as far as numbers of pages go */
#endif
    consider(LOWEST, end);
    for (size_t i = 0; i < avoided_count; i++)
        consider(avoided[i].end, end);
}

/* In the first gap that it fits in. */
static bool start(struct foreign *foreign)
{
    struct foreign **link = &places;
    uint64_t place = places_start;

    while (*link && (*link)->place < place + foreign->count) {
        place = (*link)->place + (*link)->count;
        link = &(*link)->next;
    }
    if (place + foreign->count > places_end)
        return false;
    foreign->place = place;
    foreign->next = *link;
    *link = foreign;
    return true;
}

static void end(struct foreign *foreign)
{
    struct foreign **link = &places;

    while (*link != foreign)
        link = &(*link)->next;
    *link = foreign->next;
}

static uint64_t place_of(const struct foreign_part *part, size_t i)
{
    return part->foreign->place + part->first + i;
}

static void place(const struct foreign_part *part, xen_pfn_t *list)
{
    for (size_t i = 0; i < part->count; i++)
        list[i] = place_of(part, i);
}

static void show(const struct foreign_part *part, size_t i)
{
    tables_map_foreign(part->address + (i << PAGE_SHIFT), place_of(part, i), part->rights);
}

static void fill_placed(const struct foreign_part *part, int *errors)
{
    for (size_t i = 0; i < part->count; i++) {
        errors[i] = 0;
        show(part, i);
    }
    tables_commit();
}

/* Pages without a frame in between are told apart by asking for none of them. */
static void fill(const struct foreign_part *part, int *errors)
{
    static unsigned long frames[FOREIGN_AT_ONCE];
    static xen_pfn_t gpfns[FOREIGN_AT_ONCE];
    static int answers[FOREIGN_AT_ONCE];
    struct xen_add_to_physmap_batch request = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn_foreign, .idxs = frames, .gpfns = gpfns, .errs = answers,
    };
    long result;

    for (size_t i = 0; i < part->count; i++) {
        uint64_t frame = part->foreign->frames[part->first + i];

        errors[i] = frame ? 0 : -EINVAL;
        if (!frame)
            continue;
        request.u.foreign_domid = foreign_domid(frame);
        frames[request.size] = foreign_number(frame);
        gpfns[request.size] = place_of(part, i);
        request.size++;
    }
    if (!request.size)
        return;
    result = HYPERCALL2(memory_op, XENMEM_add_to_physmap_batch, &request);
    for (size_t i = 0, asked = 0; i < part->count; i++) {
        if (errors[i])
            continue;
        errors[i] = result < 0 ? result : answers[asked];
        asked++;
        if (!errors[i])
            show(part, i);
    }
    tables_commit();
}

/* Only what is shown here: it may have moved elsewhere. */
static void leave(const struct foreign_part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        struct xen_remove_from_physmap request = { .domid = DOMID_SELF, .gpfn = place_of(part, i) };

        if (tables_unmap(part->address + (i << PAGE_SHIFT)) == NO_PAGE)
            continue;
        tables_commit();
        HYPERCALL2(memory_op, XENMEM_remove_from_physmap, &request);
    }
}

static void protect(const struct foreign_part *part)
{
    for (size_t i = 0; i < part->count; i++)
        tables_protect(part->address + (i << PAGE_SHIFT), part->rights);
    tables_commit();
}

static void move(const struct foreign_part *part, uintptr_t to)
{
    struct foreign_part moved = *part;

    moved.address = to;
    for (size_t i = 0; i < part->count; i++)
        if (tables_unmap(part->address + (i << PAGE_SHIFT)) != NO_PAGE)
            show(&moved, i);
    tables_commit();
}

const struct foreign_method foreign_pvh = {
    .start = start, .end = end, .fill = fill, .place = place, .fill_placed = fill_placed, .leave = leave,
    .protect = protect, .move = move,
};
