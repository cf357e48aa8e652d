/*
 * Walking and changing the page tables. Who writes an entry, the kernel itself
 * or Xen on its behalf, is the writer's business (native.c, pv.c).
 */
#include <image.h>
#include <memory/tables.h>

static const struct table_writer *writer;
static pfn root_table;
static uint64_t no_execute;
static size_t table_count;

static struct stale stale;

/* The table of single pages that was used last, and which 2 MiB it covers. It
 * stays right, because no table ever stops being one. */
static uint64_t *recent_table;
static uintptr_t recent_piece = NO_ADDRESS;

void tables_start(const struct table_writer *how, pfn root)
{
    writer = how;
    root_table = root;
    if (cpuid(0x80000000).a >= 0x80000001 && (cpuid(0x80000001).d & 1 << 20))
        no_execute = ENTRY_NO_EXECUTE;
}

static unsigned shift_of(unsigned level)
{
    return PAGE_SHIFT + 9 * (level - 1);
}

static uint64_t *slot_in(pfn table, unsigned level, uintptr_t address)
{
    return (uint64_t *)page_address(table) + (address >> shift_of(level) & 511);
}

/* The bits of an entry that leads to another table. PAE knows no rights in the
 * entries of its top level. */
static uint64_t table_bits(unsigned level)
{
    if (TABLE_LEVELS == 3 && level == 3)
        return ENTRY_PRESENT;
    return ENTRY_PRESENT | ENTRY_WRITE | ENTRY_ACCESSED | (writer->leaf & ENTRY_USER);
}

/*
 * A page that nobody may use keeps its frame in an entry that is not present,
 * with the bits of the frame inverted: Xen takes a plain one for an attempt at
 * the L1TF processor fault (XSA-273).
 */
static uint64_t entry_with(uint64_t frame, unsigned rights)
{
    if (!rights)
        return ~frame & ENTRY_FRAME;
    return frame | writer->leaf | (rights & MAY_WRITE ? ENTRY_WRITE : 0)
         | (rights & MAY_EXECUTE ? 0 : no_execute);
}

static uint64_t frame_in(uint64_t entry)
{
    return (entry & ENTRY_PRESENT ? entry : ~entry) & ENTRY_FRAME;
}

static unsigned rights_of(uint64_t entry)
{
    if (!(entry & ENTRY_PRESENT))
        return 0;
    return MAY_READ | (entry & ENTRY_WRITE ? MAY_WRITE : 0)
         | (entry & ENTRY_NO_EXECUTE ? 0 : MAY_EXECUTE);
}

uint64_t table_entry(pfn page, unsigned rights)
{
    return entry_with(writer->frame_of(page), rights);
}

uint64_t table_foreign_entry(uint64_t frame, unsigned rights)
{
    return entry_with(frame << PAGE_SHIFT, rights) | ENTRY_FOREIGN;
}

static void note_stale(const uint64_t *slot, uintptr_t address)
{
    if (!(*slot & ENTRY_PRESENT))
        return;
    if (address != NO_ADDRESS && stale.count < MOST_STALE)
        stale.addresses[stale.count++] = address;
    else
        stale.count = MOST_STALE + 1;
}

static void write_entry(uint64_t *slot, uint64_t value, uintptr_t address)
{
    note_stale(slot, address);
    writer->write(slot, value, address);
}

size_t tables_pages(void) { return table_count; }

void tables_commit(void)
{
    writer->commit(&stale);
    stale.count = 0;
}

static void link_table(uint64_t *slot, unsigned level, pfn table)
{
    writer->adopt(table);
    table_count++;
    write_entry(slot, writer->frame_of(table) | table_bits(level), NO_ADDRESS);
    tables_commit();
}

/* Makes a table of small pages out of a large page, with the same rights. */
static bool split(uint64_t *slot)
{
    pfn table = page_take();
    uint64_t *entries = page_address(table);

    if (table == NO_PAGE)
        return false;
    for (unsigned i = 0; i < 512; i++)
        entries[i] = (*slot & ~ENTRY_LARGE) + i * PAGE_SIZE;
    link_table(slot, 2, table);
    return true;
}

static uint64_t *recent_slot(uintptr_t address)
{
    return &recent_table[address >> PAGE_SHIFT & 511];
}

static void remember(pfn table, uintptr_t address)
{
    recent_table = page_address(table);
    recent_piece = address >> LARGE_PAGE_SHIFT;
}

/* The entry for an address in the table of a level, or NULL when a table on
 * the way is missing and may not (or cannot) be made. */
static uint64_t *find(uintptr_t address, unsigned wanted, bool create)
{
    pfn table = root_table;

    if (wanted == 1 && address >> LARGE_PAGE_SHIFT == recent_piece)
        return recent_slot(address);
    for (unsigned level = TABLE_LEVELS; level > wanted; level--) {
        uint64_t *slot = slot_in(table, level, address);

        if (!(*slot & ENTRY_PRESENT)) {
            pfn fresh = create ? page_take() : NO_PAGE;

            if (fresh == NO_PAGE)
                return NULL;
            link_table(slot, level, fresh);
        } else if (*slot & ENTRY_LARGE && !split(slot)) {
            return NULL;
        }
        table = writer->page_of(*slot);
    }
    if (wanted == 1)
        remember(table, address);
    return slot_in(table, wanted, address);
}

uint64_t *tables_large_slot(uintptr_t address, bool create)
{
    return find(address, 2, create);
}

bool tables_install(uintptr_t address, pfn table)
{
    uint64_t *slot = find(address, 2, true);

    if (slot)
        link_table(slot, 2, table);
    return slot;
}

bool tables_map_large(uintptr_t address, pfn first)
{
    uint64_t *slot = find(address, 2, true);

    if (slot)
        write_entry(slot, table_entry(first, MAY_READ | MAY_WRITE) | ENTRY_LARGE, NO_ADDRESS);
    return slot;
}

bool tables_map(uintptr_t address, pfn page, unsigned rights)
{
    uint64_t *slot = find(address, 1, true);

    if (slot)
        write_entry(slot, table_entry(page, rights), address);
    return slot;
}

void tables_map_foreign(uintptr_t address, uint64_t frame, unsigned rights)
{
    write_entry(find(address, 1, false), table_foreign_entry(frame, rights), address);
}

const uint64_t *tables_about_to_change(uintptr_t address)
{
    const uint64_t *slot = find(address, 1, false);

    note_stale(slot, address);
    return slot;
}

static pfn page_in(uint64_t entry)
{
    if (!entry)
        return NO_PAGE;
    return entry & ENTRY_FOREIGN ? FOREIGN_PAGE : writer->page_of(frame_in(entry));
}

pfn tables_unmap(uintptr_t address)
{
    uint64_t *slot = find(address, 1, false);
    pfn page = slot ? page_in(*slot) : NO_PAGE;

    if (page != NO_PAGE)
        write_entry(slot, 0, address);
    return page;
}

pfn tables_page(uintptr_t address)
{
    const uint64_t *slot = find(address, 1, false);

    return slot ? page_in(*slot) : NO_PAGE;
}

bool tables_prepare(uintptr_t start, size_t size)
{
    for (uintptr_t at = ROUND_DOWN(start, LARGE_PAGE_SIZE); at < start + size; at += LARGE_PAGE_SIZE)
        if (!find(at, 1, true))
            return false;
    return true;
}

void tables_protect(uintptr_t address, unsigned rights)
{
    uint64_t *slot = find(address, 1, false);
    uint64_t entry = slot && *slot ? entry_with(frame_in(*slot), rights) | (*slot & ENTRY_FOREIGN) : 0;

    if (entry && (entry ^ *slot) & (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER | ENTRY_NO_EXECUTE))
        write_entry(slot, entry, address);
}

unsigned tables_rights(uintptr_t address)
{
    pfn table = root_table;

    if (address >> LARGE_PAGE_SHIFT == recent_piece)
        return rights_of(*recent_slot(address));
    for (unsigned level = TABLE_LEVELS; ; level--) {
        uint64_t entry = *slot_in(table, level, address);

        if (!(entry & ENTRY_PRESENT) || level == 1 || (level == 2 && entry & ENTRY_LARGE))
            return rights_of(entry);
        table = writer->page_of(entry);
    }
}

/* The same for what the recent table covers; where its part ends if there is none. */
static uintptr_t next_recent(uintptr_t address, uintptr_t end)
{
    uintptr_t part_end = (recent_piece + 1) << LARGE_PAGE_SHIFT;

    for (end = smaller(end, part_end); address < end; address += PAGE_SIZE)
        if (*recent_slot(address))
            return address;
    return end;
}

uintptr_t tables_next(uintptr_t address, uintptr_t end)
{
    while (address < end) {
        pfn table = root_table;
        unsigned level = TABLE_LEVELS;
        uint64_t entry;

        if (address >> LARGE_PAGE_SHIFT == recent_piece) {
            address = next_recent(address, end);
            if (address >> LARGE_PAGE_SHIFT == recent_piece)
                return address;
            continue;
        }
        entry = *slot_in(table, level, address);
        while (entry && level > 1) {
            table = writer->page_of(entry);
            level--;
            if (level == 1)
                remember(table, address);
            entry = *slot_in(table, level, address);
        }
        if (entry)
            return address;
        address = ROUND_DOWN(address, 1UL << shift_of(level)) + (1UL << shift_of(level));
        if (!address)
            break;
    }
    return end;
}

/* Rights only ever get fewer here: what Xen wants read-only stays so. */
static void reduce(uintptr_t start, uintptr_t end, unsigned rights)
{
    for (uintptr_t at = start; at < end; at += PAGE_SIZE)
        tables_protect(at, tables_rights(at) & rights);
}

void tables_protect_image(uintptr_t image_end)
{
    for (uintptr_t at = 0; at < NULL_GUARD_END; at += PAGE_SIZE)
        tables_unmap(at);
    reduce((uintptr_t)__nub_rodata_start, (uintptr_t)__nub_rodata_end, MAY_READ);
    reduce((uintptr_t)__nub_text_start, (uintptr_t)__nub_text_end, MAY_READ | MAY_EXECUTE);
    reduce((uintptr_t)__nub_data_start, (uintptr_t)__nub_data_end, MAY_READ | MAY_WRITE);
    reduce((uintptr_t)__nub_data_end, image_end, MAY_READ);
    tables_commit();
}
