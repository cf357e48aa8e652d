/*
 * Booting as a PVH guest, of Xen or of QEMU's direct boot, where there is no
 * hypervisor to call.
 */
#include <boot/boot.h>
#include <console/console.h>
#include <environment/environment.h>
#include <interrupts/interrupts.h>
#include <memory/areas.h>
#include <memory/foreign.h>
#include <memory/native.h>
#include <time/clock.h>
#include <xen/hvm.h>
#include <xen/hypercall.h>
#include <xen/memory.h>
#include <xenstore/xenstore.h>

#define MOST_RANGES 64

/* What XENMEM_memory_map writes: the BIOS's E820 layout. */
struct e820_entry {
    uint64_t addr;
    uint64_t size;
    uint32_t type;
} PACKED;

static struct memory_range ranges[MOST_RANGES];
static size_t range_count;

static void add_range(uint64_t start, uint64_t size, uint32_t type)
{
    foreign_avoid(start, size);
    if (type != XEN_HVM_MEMMAP_TYPE_RAM || range_count == MOST_RANGES)
        return;
    ranges[range_count++] = (struct memory_range){ start, start + size };
    environment.memory += size;
}

/* Xen answers CPUID at 0x40000000, or, behind other interfaces, at one of the
 * next multiples of 0x100 (arch-x86/cpuid.h). The second leaf after that names
 * the MSR that takes the hypercall page's address. */
static bool find_xen(void)
{
    for (uint32_t base = 0x40000000; base < 0x40010000; base += 0x100) {
        struct cpuid id = cpuid(base);

        if (id.b == 0x566e6558 && id.c == 0x65584d4d && id.d == 0x4d4d566e) {
            write_msr(cpuid(base + 2).b, (uintptr_t)hypercall_page);
            return true;
        }
    }
    return false;
}

static void read_memory_map(const struct hvm_start_info *start)
{
    if (start->version >= 1 && start->memmap_entries) {
        const struct hvm_memmap_table_entry *entry =
            (const void *)(uintptr_t)start->memmap_paddr;

        for (uint32_t i = 0; i < start->memmap_entries; i++)
            add_range(entry[i].addr, entry[i].size, entry[i].type);
    } else if (environment.xen) {
        static struct e820_entry entries[MOST_RANGES];
        struct xen_memory_map map = { COUNT_OF(entries), entries };

        if (HYPERCALL2(memory_op, XENMEM_memory_map, &map))
            panic("Xen tells no memory map");
        for (uint32_t i = 0; i < map.nr_entries; i++)
            add_range(entries[i].addr, entries[i].size, entries[i].type);
    } else {
        panic("the loader tells no memory map");
    }
}

static uint64_t hvm_parameter(uint32_t index)
{
    struct xen_hvm_param parameter = { .domid = DOMID_SELF, .index = index };

    return HYPERCALL2(hvm_op, HVMOP_get_param, &parameter) ? 0 : parameter.value;
}

/* The pages that are shared with daemons lie where no memory is. */
static void *map_shared(uint32_t index)
{
    pfn page = hvm_parameter(index);

    if (!page || page == NO_PAGE || !tables_map(page << PAGE_SHIFT, page, MAY_READ | MAY_WRITE))
        return NULL;
    tables_commit();
    return page_address(page);
}

static void use_ring(void)
{
    void *page = map_shared(HVM_PARAM_CONSOLE_PFN);

    if (page)
        console_use_ring(page, hvm_parameter(HVM_PARAM_CONSOLE_EVTCHN));
}

static void use_xenstore(void)
{
    void *page = map_shared(HVM_PARAM_STORE_PFN);

    if (page)
        xenstore_use(page, hvm_parameter(HVM_PARAM_STORE_EVTCHN));
}

/* entry.S comes here. */
NORETURN void boot_pvh(const struct hvm_start_info *start);

NORETURN void boot_pvh(const struct hvm_start_info *start)
{
    uintptr_t memory_end = 0;

    environment.xen = find_xen();
    if (!environment.xen)
        console_use_serial();
    else if (start->flags & SIF_INITDOMAIN)
        console_use_hypervisor();
    else
        console_use_debug_port();
    cpu_setup_pvh();
    if (start->magic != XEN_HVM_START_MAGIC_VALUE)
        panic("the loader's start information has no magic number");

    /* What the loader left lies in memory that is about to be free. */
    environment.initial_domain = environment.xen && start->flags & SIF_INITDOMAIN;
    if (start->cmdline_paddr)
        format(environment.command_line, sizeof(environment.command_line), "%s",
               (const char *)(uintptr_t)start->cmdline_paddr);
    read_memory_map(start);

    if (environment.xen) {
        shared_info_map_pvh();
        clock_use_xen();
    } else {
        clock_use_tsc();
    }
    native_memory_start(ranges, range_count, image_end());
    foreign_use_physical();
    if (environment.xen && !environment.initial_domain)
        use_ring();
    tables_protect_image(image_end());
    for (size_t i = 0; i < range_count; i++)
        memory_end = larger(memory_end, smaller(ranges[i].end, DIRECT_END));
    areas_start(memory_end);
    areas_add_image(image_end());
    if (environment.xen)
        interrupts_use_xen();
    else
        interrupts_use_pc();
    if (environment.xen && !environment.initial_domain)
        use_xenstore();
    boot_finish();
}
