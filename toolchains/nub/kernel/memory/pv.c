/*
 * Page tables of a PV guest. The guest reads its tables but may not write
 * them: Xen checks each change, which names the entry by machine address.
 * Changes are collected and handed over in one hypercall.
 */
#include <memory/pv.h>
#include <memory/tables.h>
#include <xen/frames.h>
#include <xen/hypercall.h>

#define QUEUE_SIZE 128
static struct mmu_update queue[QUEUE_SIZE];
static unsigned queued;
static uintptr_t last_address; /* of the page that the last change is for */

static uint64_t frame_of(pfn page)
{
    return (uint64_t)mfn_of_pfn(page) << PAGE_SHIFT;
}

/* A 32-bit program may not read Xen's list. */
static pfn page_of(uint64_t entry)
{
    if (sizeof(long) == 4)
        cpu_raise();
    return pfn_of_mfn((entry & ENTRY_FRAME) >> PAGE_SHIFT);
}

static void hand_over(void)
{
    unsigned count = queued;

    queued = 0;
    if (count && HYPERCALL4(mmu_update, queue, count, NULL, DOMID_SELF))
        panic("Xen refuses a change of the page tables");
}

static void write(uint64_t *slot, uint64_t value, uintptr_t address)
{
    uintptr_t place = (uintptr_t)slot;

    if (queued == QUEUE_SIZE)
        hand_over();
    queue[queued].ptr = (frame_of(place >> PAGE_SHIFT) + (place & PAGE_MASK)) | MMU_NORMAL_PT_UPDATE;
    queue[queued].val = value;
    queued++;
    last_address = address;
}

/* Makes the processor forget old entries. */
static void flush(const struct stale *stale)
{
    static struct mmuext_op ops[MOST_STALE];
    unsigned count = stale->count;

    if (count > MOST_STALE) {
        ops[0] = (struct mmuext_op){ .cmd = MMUEXT_TLB_FLUSH_LOCAL };
        count = 1;
    } else {
        for (unsigned i = 0; i < count; i++)
            ops[i] = (struct mmuext_op){ .cmd = MMUEXT_INVLPG_LOCAL, .arg1.linear_addr = stale->addresses[i] };
    }
    if (count && HYPERCALL4(mmuext_op, ops, count, NULL, DOMID_SELF))
        panic("Xen refuses to flush the TLB");
}

/* One change by itself, the most frequent case, has a hypercall of its own,
 * which needs no machine address and takes care of the TLB. */
static void commit(const struct stale *stale)
{
    if (queued == 1 && last_address != NO_ADDRESS
        && (!stale->count || (stale->count == 1 && stale->addresses[0] == last_address))) {
        queued = 0;
        if (xen_update_va_mapping(last_address, queue[0].val, stale->count ? UVMF_INVLPG : 0))
            panic("Xen refuses a change of the page tables");
        return;
    }
    hand_over();
    flush(stale);
}

static void adopt(pfn table)
{
    hand_over();
    pv_make_read_only(table);
}

static const struct table_writer pv_writer = {
    .leaf = ENTRY_LEAF_PV,
    .frame_of = frame_of,
    .page_of = page_of,
    .write = write,
    .commit = commit,
    .adopt = adopt,
};

/* Maps the pages from first on, up to the end of the 2 MiB that they are in. */
static bool extend(pfn first, pfn end)
{
    pfn table = page_take();
    uint64_t *entries = page_address(table);

    if (table == NO_PAGE)
        return false;
    for (pfn page = first; page < end; page++)
        entries[page & 511] = table_entry(page, MAY_READ | MAY_WRITE);
    return tables_install(first << PAGE_SHIFT, table);
}

/* A 64-bit guest has page tables of its own for what Xen takes for a user's mode:
 * the same ones. */
static void use_for_program(pfn root)
{
    struct mmuext_op op = { .cmd = MMUEXT_NEW_USER_BASEPTR, .arg1.mfn = mfn_of_pfn(root) };

    if (sizeof(long) == 8 && HYPERCALL4(mmuext_op, &op, 1, NULL, DOMID_SELF))
        panic("Xen refuses the program's page tables");
}

/*
 * The builder has mapped (xen.h, "Start-of-day memory layout"), in this order:
 * the image, a module, the list of pages, start_info, the page tables, a stack
 * of one page, and at least 512 KiB of spare memory, up to a multiple of 4 MiB.
 * The spare memory gives the first tables for the rest.
 */
void pv_memory_start(const struct start_info *start)
{
    pfn end = smaller(start->nr_pages, DIRECT_END >> PAGE_SHIFT);
    pfn spare = (start->pt_base >> PAGE_SHIFT) + start->nr_pt_frames + 1;
    pfn mapped = spare;

    tables_start(&pv_writer, start->pt_base >> PAGE_SHIFT);
    while (mapped < end && tables_rights(mapped << PAGE_SHIFT))
        mapped++;
    /* Between the image and the spare memory, what the builder has left stays as
     * it is, but for the bits that let the program's privilege see it. */
    for (pfn page = NULL_GUARD_END >> PAGE_SHIFT; page < mapped; page++)
        tables_protect(page << PAGE_SHIFT, page < 0x100 || page >= spare ? MAY_READ | MAY_WRITE
                                         : tables_rights(page << PAGE_SHIFT));
    tables_commit();
    use_for_program(start->pt_base >> PAGE_SHIFT);
    pages_add(spare, mapped);
    pages_add(NULL_GUARD_END >> PAGE_SHIFT, 0x100);

    while (mapped < end) {
        pfn next = smaller((mapped | 511) + 1, end);

        if (mapped & 511) {
            for (pfn page = mapped; page < next; page++)
                if (!tables_map(page << PAGE_SHIFT, page, MAY_READ | MAY_WRITE))
                    panic("no memory to map the memory");
            tables_commit();
        } else if (!extend(mapped, next)) {
            panic("no memory to map the memory");
        }
        pages_add(mapped, next);
        mapped = next;
    }
}
