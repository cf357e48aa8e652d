/*
 * The table of what is lent, in Xen's first version of it. It grows by a frame at a time,
 * each of which takes the place of a page of ours, as the shared information page does.
 * Xen writes to the entries; which of them are free is only known here.
 */
#include <environment/environment.h>
#include <linux/interface.h>
#include <memory/grants.h>
#include <memory/tables.h>
#include <xen/frames.h>
#include <xen/grant_table.h>
#include <xen/hypercall.h>
#include <xen/memory.h>

#define MOST_FRAMES 256U
#define PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define NO_REF (~0U)
#define LOOKED_AT_ONCE 16

struct grant {
    pfn page;
    uint32_t next; /* free, or lingering */
};

static struct frame {
    struct grant_entry_v1 *entries;
    struct grant *grants;
} frames[MOST_FRAMES];
static unsigned frame_count;

static uint32_t first_free = NO_REF;
static uint32_t first_lingering = NO_REF, last_lingering = NO_REF;
static size_t lingering;

static struct grant_entry_v1 *entry_of(uint32_t ref)
{
    return &frames[ref / PER_FRAME].entries[ref % PER_FRAME];
}

static struct grant *grant_of(uint32_t ref)
{
    return &frames[ref / PER_FRAME].grants[ref % PER_FRAME];
}

unsigned long grant_frame(pfn page)
{
    return environment.pv ? mfn_of_pfn(page) : page;
}

static unsigned most_frames(void)
{
    struct gnttab_query_size query = { .dom = DOMID_SELF };

    if (HYPERCALL3(grant_table_op, GNTTABOP_query_size, &query, 1) || query.status != GNTST_okay)
        return 0;
    return smaller(query.max_nr_frames, MOST_FRAMES);
}

/* Xen lists all frames that there are then. */
static bool place_pv(unsigned index, pfn page)
{
    static xen_pfn_t list[MOST_FRAMES];
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = index + 1, .frame_list = list };

    if (HYPERCALL3(grant_table_op, GNTTABOP_setup_table, &setup, 1) || setup.status != GNTST_okay)
        return false;
    tables_about_to_change((uintptr_t)page_address(page));
    tables_map_foreign((uintptr_t)page_address(page), list[index], MAY_READ | MAY_WRITE);
    tables_commit();
    return true;
}

static bool place_pvh(unsigned index, pfn page)
{
    struct xen_add_to_physmap request = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_grant_table, .idx = index, .gpfn = page,
    };

    return !HYPERCALL2(memory_op, XENMEM_add_to_physmap, &request);
}

static void add_free(uint32_t ref)
{
    grant_of(ref)->next = first_free;
    first_free = ref;
}

/* The page is used up for good: there is no way back for a frame of the table. */
static int grow(void)
{
    size_t size = PER_FRAME * sizeof(struct grant);
    struct grant *grants;
    uint32_t first = frame_count * PER_FRAME;
    pfn page;

    if (frame_count >= most_frames())
        return -ENOSPC;
    grants = kernel_take(size);
    if (!grants)
        return -ENOMEM;
    page = page_take();
    if (page == NO_PAGE || !(environment.pv ? place_pv : place_pvh)(frame_count, page)) {
        if (page != NO_PAGE)
            page_give(page);
        kernel_give(grants, size);
        return page == NO_PAGE ? -ENOMEM : -ENOSPC;
    }
    frames[frame_count++] = (struct frame){ page_address(page), grants };
    for (uint32_t ref = first + PER_FRAME; ref-- > larger(first, GNTTAB_NR_RESERVED_ENTRIES);)
        add_free(ref);
    return 0;
}

/* Xen notes in the flags who has it mapped, so they must not have changed since they were
 * looked at. */
static bool try_to_end(uint32_t ref)
{
    uint16_t *flags = &entry_of(ref)->flags, seen = __atomic_load_n(flags, __ATOMIC_SEQ_CST);

    do {
        if (seen & (GTF_reading | GTF_writing))
            return false;
    } while (!__atomic_compare_exchange_n(flags, &seen, GTF_invalid, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    page_release(grant_of(ref)->page);
    add_free(ref);
    return true;
}

static void linger(uint32_t ref)
{
    grant_of(ref)->next = NO_REF;
    if (first_lingering == NO_REF)
        first_lingering = ref;
    else
        grant_of(last_lingering)->next = ref;
    last_lingering = ref;
    lingering++;
}

/* Some at a time, for others decide how many there are. */
static void look_again(void)
{
    for (size_t left = smaller(lingering, LOOKED_AT_ONCE); left; left--) {
        uint32_t ref = first_lingering;

        first_lingering = grant_of(ref)->next;
        lingering--;
        if (!try_to_end(ref))
            linger(ref);
    }
}

int grant_access(uint16_t domid, pfn page, bool readonly)
{
    struct grant_entry_v1 *entry;
    uint32_t ref;
    int error;

    look_again();
    error = first_free == NO_REF ? grow() : 0;
    if (error)
        return error;
    if (!page_hold(page))
        return -ENOMEM;
    ref = first_free;
    first_free = grant_of(ref)->next;
    grant_of(ref)->page = page;
    entry = entry_of(ref);
    entry->domid = domid;
    entry->frame = grant_frame(page);
    __atomic_store_n(&entry->flags, GTF_permit_access | (readonly ? GTF_readonly : 0), __ATOMIC_SEQ_CST);
    return ref;
}

void grant_end(uint32_t ref)
{
    look_again();
    if (!try_to_end(ref))
        linger(ref);
}

size_t grants_lingering(void) { return lingering; }
