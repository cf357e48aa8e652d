/*
 * Page tables of a guest that writes them itself. entry.S has mapped the first
 * 4 GiB at their own addresses with large pages; here that shrinks to what is
 * memory, without the right to execute, and grows to memory beyond.
 */
#include <arch.h>
#include <memory/native.h>
#include <memory/tables.h>

extern char boot_root[];

static uint64_t frame_of(pfn page) { return (uint64_t)page << PAGE_SHIFT; }
static pfn page_of(uint64_t entry) { return (entry & ENTRY_FRAME) >> PAGE_SHIFT; }
static void adopt(pfn table) { (void)table; }

static void write(uint64_t *slot, uint64_t value, uintptr_t address)
{
    (void)address;
    *slot = value;
}

static void flush(void)
{
    cpu_raise();
    __asm__ volatile("mov %0, %%cr3" : : "r"(boot_root) : "memory");
}

static void commit(const struct stale *stale)
{
    if (stale->count > MOST_STALE) {
        flush();
        return;
    }
    if (stale->count)
        cpu_raise();
    for (unsigned i = 0; i < stale->count; i++)
        __asm__ volatile("invlpg (%0)" : : "r"(stale->addresses[i]) : "memory");
}

static const struct table_writer native_writer = {
    .leaf = ENTRY_PRESENT | ENTRY_ACCESSED | ENTRY_DIRTY | ENTRY_NATIVE_USER,
    .frame_of = frame_of,
    .page_of = page_of,
    .write = write,
    .commit = commit,
    .adopt = adopt,
};

#define BOOT_END (1ULL << 32) /* what entry.S has mapped */

static const struct memory_range *memory;
static size_t memory_count;

static bool is_memory(uint64_t address, uint64_t size)
{
    for (size_t i = 0; i < memory_count; i++)
        if (address >= memory[i].start && address + size <= memory[i].end)
            return true;
    return false;
}

/* Has the piece of 2 MiB any memory in it? */
static bool touches_memory(uint64_t address)
{
    for (size_t i = 0; i < memory_count; i++)
        if (address < memory[i].end && address + LARGE_PAGE_SIZE > memory[i].start)
            return true;
    return false;
}

static void add_pages(uint64_t from, uint64_t to, uint64_t lowest)
{
    from = ROUND_UP(larger(from, lowest), (uint64_t)PAGE_SIZE);
    to = ROUND_DOWN(smaller(to, DIRECT_END), (uint64_t)PAGE_SIZE);
    if (from < to)
        pages_add(from >> PAGE_SHIFT, to >> PAGE_SHIFT);
}

/* Reduces one piece of the boot mapping to the memory in it. */
static void trim(uintptr_t piece, uintptr_t image_end)
{
    if (piece >= DIRECT_END || !touches_memory(piece)) {
        *tables_large_slot(piece, false) = 0;
        return;
    }
    if (piece >= image_end && is_memory(piece, LARGE_PAGE_SIZE)) {
        tables_map_large(piece, piece >> PAGE_SHIFT);
        return;
    }
    for (uintptr_t at = piece; at < piece + LARGE_PAGE_SIZE; at += PAGE_SIZE) {
        if (!is_memory(at, PAGE_SIZE))
            tables_unmap(at);
        else if (at < 0x100000 || at >= image_end)
            tables_protect(at, MAY_READ | MAY_WRITE);
    }
}

void native_memory_start(const struct memory_range *ranges, size_t count, uintptr_t image_end)
{
    memory = ranges;
    memory_count = count;
    tables_start(&native_writer, (uintptr_t)boot_root >> PAGE_SHIFT);

    for (size_t i = 0; i < count; i++)
        add_pages(ranges[i].start, smaller(ranges[i].end, BOOT_END), image_end);
    for (uint64_t piece = 0; piece < BOOT_END; piece += LARGE_PAGE_SIZE)
        trim(piece, image_end);
    flush();

    for (size_t i = 0; i < count; i++) {
        uint64_t start = ROUND_UP(larger(ranges[i].start, BOOT_END), (uint64_t)LARGE_PAGE_SIZE);
        uint64_t end = ROUND_DOWN(smaller(ranges[i].end, DIRECT_END), (uint64_t)LARGE_PAGE_SIZE);
        uint64_t piece = start;

        while (piece < end && tables_map_large(piece, piece >> PAGE_SHIFT))
            piece += LARGE_PAGE_SIZE;
        add_pages(start, piece, BOOT_END);
    }
    tables_commit();
}
