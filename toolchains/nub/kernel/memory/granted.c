/*
 * Mapping and unmapping what other domains have lent. Xen writes a PV guest's entries of
 * the page tables, and wants to be asked for taking them out, too. For a PVH guest the
 * frames are put into its physical address space, as foreign ones are.
 */
#include <environment/environment.h>
#include <linux/interface.h>
#include <memory/area_tree.h>
#include <memory/granted.h>
#include <memory/grants.h>
#include <xen/hypercall.h>

#define AT_ONCE 32UL

/* Of the bits that the processor does not look at, Xen sets those that are asked for. */
#define GNTMAP_AVAILABLE(entry) ((uint32_t)((entry) >> 9) << 16)

static struct pool pool = { .object_size = sizeof(struct granted) };

static struct granted *granted_of(const struct backing *backing)
{
    return (struct granted *)((char *)backing - offsetof(struct granted, foreign.backing));
}

/* Pages of it, and where the first one is. */
struct part {
    struct granted *granted;
    size_t first, count;
    uintptr_t address;
};

static struct part part_of(const struct backing *backing, uint64_t offset, uintptr_t address, size_t size)
{
    return (struct part){ granted_of(backing), offset >> PAGE_SHIFT, size >> PAGE_SHIFT, address };
}

/* Takes up to AT_ONCE pages from the start of the rest, which is empty in the end. */
static bool next_part(struct part *rest, struct part *some)
{
    *some = *rest;
    some->count = smaller(rest->count, AT_ONCE);
    rest->first += some->count;
    rest->count -= some->count;
    rest->address += some->count << PAGE_SHIFT;
    return some->count;
}

static uintptr_t address_of(const struct part *part, size_t i)
{
    return part->address + (i << PAGE_SHIFT);
}

static uint64_t place_of(const struct part *part, size_t i)
{
    return part->granted->foreign.place + part->first + i;
}

static uint64_t host_address(const struct part *part, size_t i)
{
    return environment.pv ? address_of(part, i) : place_of(part, i) << PAGE_SHIFT;
}

static uint32_t map_flags(const struct part *part, unsigned rights)
{
    if (environment.pv)
        return GNTMAP_host_map | GNTMAP_application_map | GNTMAP_AVAILABLE(ENTRY_FOREIGN)
             | (part->granted->readonly || !(rights & MAY_WRITE) ? GNTMAP_readonly : 0);
    return GNTMAP_host_map | (part->granted->readonly ? GNTMAP_readonly : 0);
}

#define XEN_LEAVES 0x40000000U
#define DOMID_PRESENT 16 /* in what the leaf tells; of those that are no PV guests */

/* Xen takes a PVH guest's page from where it is and puts it to the new place if the guest
 * maps what it has lent to itself, which then is memory no more. */
static bool may_map(const struct granted *granted)
{
    struct cpuid leaf;

    if (environment.pv)
        return true;
    leaf = cpuid(XEN_LEAVES + 4);
    for (size_t i = 0; leaf.a & DOMID_PRESENT && i < granted->foreign.count; i++)
        if (granted->pages[i].domid == leaf.c)
            return false;
    return leaf.a & DOMID_PRESENT;
}

/* False if Xen has refused any of them. */
static bool map_some(const struct part *part, unsigned rights)
{
    static struct gnttab_map_grant_ref calls[AT_ONCE];
    bool good = true;

    for (size_t i = 0; i < part->count; i++) {
        const struct granted_page *page = &part->granted->pages[part->first + i];

        calls[i] = (struct gnttab_map_grant_ref){
            .host_addr = host_address(part, i), .flags = map_flags(part, rights), .ref = page->ref,
            .dom = page->domid, .status = GNTST_general_error,
        };
    }
    if (HYPERCALL3(grant_table_op, GNTTABOP_map_grant_ref, calls, part->count))
        return false;
    for (size_t i = 0; i < part->count; i++) {
        struct granted_page *page = &part->granted->pages[part->first + i];

        good &= page->mapped = calls[i].status == GNTST_okay;
        page->handle = calls[i].handle;
        if (page->mapped && !environment.pv)
            tables_map_foreign(address_of(part, i), place_of(part, i), rights);
    }
    tables_commit();
    return good;
}

static bool map(struct part rest, unsigned rights)
{
    struct part some;
    bool good = true;

    tables_commit(); /* Xen is to find the tables */
    while (next_part(&rest, &some))
        good &= map_some(&some, rights);
    return good;
}

/* By a copy, which it does not matter to what rights the area has left. */
static void clear_byte(const struct granted *granted, const struct granted_page *page)
{
    static const char zero;
    struct gnttab_copy call = {
        .source = { .u.gmfn = grant_frame(page_at_address(&zero)), .domid = DOMID_SELF,
                    .offset = (uintptr_t)&zero & PAGE_MASK },
        .dest = { .u.ref = page->ref, .domid = page->domid, .offset = granted->cleared & PAGE_MASK },
        .len = 1,
        .flags = GNTCOPY_dest_gref,
    };

    HYPERCALL3(grant_table_op, GNTTABOP_copy, &call, 1);
}

/* Of the pages only those that are shown there: they may have moved elsewhere. */
static void unmap_some(const struct part *part)
{
    static struct gnttab_unmap_grant_ref calls[AT_ONCE];
    size_t count = 0;

    for (size_t i = 0; i < part->count; i++) {
        struct granted_page *page = &part->granted->pages[part->first + i];
        uintptr_t at = address_of(part, i);

        if (!page->mapped || (environment.pv ? tables_page(at) : tables_unmap(at)) == NO_PAGE)
            continue;
        if (part->granted->cleared >> PAGE_SHIFT == part->first + i)
            clear_byte(part->granted, page);
        calls[count++] = (struct gnttab_unmap_grant_ref){
            .host_addr = host_address(part, i), .handle = page->handle,
        };
        page->mapped = false;
    }
    tables_commit();
    if (count && HYPERCALL3(grant_table_op, GNTTABOP_unmap_grant_ref, calls, count))
        panic("Xen does not take back what was lent");
    for (size_t i = 0; i < count; i++)
        if (calls[i].status != GNTST_okay)
            panic("Xen does not take back a page that was lent: %d", calls[i].status);
}

static void unmap(struct part rest)
{
    struct part some;

    while (next_part(&rest, &some))
        unmap_some(&some);
}

static enum fault page_of(struct backing *backing, uint64_t offset, pfn *page)
{
    (void)backing;
    (void)offset;
    (void)page;
    return FAULT_BEYOND;
}

static uint64_t size_of(const struct backing *backing)
{
    return (uint64_t)granted_of(backing)->foreign.count << PAGE_SHIFT;
}

static void name_of(const struct backing *backing, char *to, size_t size)
{
    format(to, size, "%s", granted_of(backing)->foreign.name);
}

/* Without rights a PV guest's area shows nothing. */
static int enter(struct backing *backing, uint64_t offset, uintptr_t address, size_t size, unsigned rights)
{
    if (!tables_prepare(address, size))
        return -ENOMEM;
    if (environment.pv && !rights)
        return 0;
    if (!may_map(granted_of(backing)))
        return -EINVAL;
    return map(part_of(backing, offset, address, size), rights) ? 0 : -EINVAL;
}

static void leave(struct backing *backing, uint64_t offset, uintptr_t address, size_t size)
{
    unmap(part_of(backing, offset, address, size));
}

/* A PV guest's pages are mapped anew; what is not lent any more is then gone. */
static void protect(struct backing *backing, uint64_t offset, uintptr_t address, size_t size, unsigned rights)
{
    struct part part = part_of(backing, offset, address, size);

    if (environment.pv) {
        unmap(part);
        if (rights)
            map(part, rights);
        return;
    }
    for (size_t i = 0; i < part.count; i++)
        tables_protect(address_of(&part, i), rights);
    tables_commit();
}

static void move(struct backing *backing, uint64_t offset, uintptr_t from, uintptr_t to, size_t size,
                 unsigned rights)
{
    struct part part = part_of(backing, offset, from, size), moved = part_of(backing, offset, to, size);

    if (environment.pv) {
        unmap(part);
        if (rights)
            map(moved, rights);
        return;
    }
    for (size_t i = 0; i < part.count; i++)
        if (tables_unmap(address_of(&part, i)) != NO_PAGE)
            tables_map_foreign(address_of(&moved, i), place_of(&moved, i), rights);
    tables_commit();
}

static void give(struct granted *granted)
{
    if (granted->pages)
        kernel_give(granted->pages, granted->foreign.count * sizeof(*granted->pages));
    pool_give(&pool, granted);
}

static void release(struct backing *backing)
{
    struct granted *granted = granted_of(backing);

    if (granted->gone)
        granted->gone(granted);
    if (!environment.pv)
        foreign_pvh.end(&granted->foreign);
    give(granted);
}

static const struct backing_kind granted_kind = {
    .page = page_of, .size = size_of, .name = name_of, .enter = enter, .leave = leave, .protect = protect,
    .move = move, .release = release,
};

struct granted *granted_make(size_t count, const char *name)
{
    struct granted *granted = pool_take(&pool);

    if (!granted)
        return NULL;
    *granted = (struct granted){
        .foreign = { .backing.kind = &granted_kind, .name = name, .count = count }, .cleared = NO_OFFSET,
    };
    granted->pages = kernel_take(count * sizeof(*granted->pages));
    if (!granted->pages || (!environment.pv && !foreign_pvh.start(&granted->foreign))) {
        give(granted);
        return NULL;
    }
    memset(granted->pages, 0, count * sizeof(*granted->pages));
    backing_hold(&granted->foreign.backing);
    return granted;
}

struct granted *granted_at(uintptr_t address)
{
    const struct area *area = area_around(address);

    return area && area->backing && area->backing->kind == &granted_kind ? granted_of(area->backing) : NULL;
}
