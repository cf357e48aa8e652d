/*
 * The processor, 32-bit: descriptor tables, exception gates, thread pointer.
 */
#include <arch.h>
#include <xen/frames.h>
#include <xen/hypercall.h>

#define EXCEPTIONS 32
#define VECTORS (VECTOR_SYSTEM_CALL + 1)
#define ENTRY_SIZE 16

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
#define TASK_SELECTOR 0x18
#define DOUBLE_FAULT_SELECTOR 0x20
#define PROGRAM_CODE_SELECTOR 0x2b
#define PROGRAM_DATA_SELECTOR 0x3b

/* The program may use ports and switch interrupts, as the kernel does on its behalf. */
#define FLAG_PORTS 0x3000

/* The descriptor that holds the thread pointer: Linux's first TLS entry. */
#define THREAD_ENTRY 6

/* Set while Xen handles our page tables and exceptions. */
bool running_pv;

extern const char exception_entries[], failsafe_pv[], system_call_entry[], boot_root[];
extern char entry_stack_end[];

/* The global descriptor table has a page for itself, because a PV guest gives
 * that page to Xen. There only the thread entry is used: the flat segments are
 * Xen's own. */
static uint64_t gdt[PAGE_SIZE / 8] ALIGNED(PAGE_SIZE) = {
    [CODE_SELECTOR / 8] = 0x00cf9a000000ffff,
    [DATA_SELECTOR / 8] = 0x00cf92000000ffff,
    [PROGRAM_CODE_SELECTOR / 8] = 0x00cffa000000ffff,
    [PROGRAM_DATA_SELECTOR / 8] = 0x00cff2000000ffff,
};

struct table_pointer {
    uint16_t limit;
    uintptr_t base;
} PACKED;

/* entry.S loads this one before there is any C. */
struct table_pointer gdt_pointer = { sizeof(gdt) - 1, (uintptr_t)gdt };

static struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t reserved;
    uint8_t type;
    uint16_t offset_high;
} idt[VECTORS];

/* A stack that has run into its guard page cannot take the frame of a page
 * fault: that is a double fault, and a task of its own reports it. */
static struct task {
    uint32_t link, stacks[6];
    uint32_t cr3, eip, eflags;
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs, ldt, io_map_base;
} main_task, double_fault_task;

static char double_fault_stack[8192] ALIGNED(16);

static void double_fault(void)
{
    struct registers r = {
        .di = main_task.edi, .si = main_task.esi, .bp = main_task.ebp,
        .bx = main_task.ebx, .dx = main_task.edx, .cx = main_task.ecx,
        .ax = main_task.eax, .vector = VECTOR_DOUBLE_FAULT,
        .ip = main_task.eip, .cs = main_task.cs, .flags = main_task.eflags,
    };

    panic_exception(&r, main_task.esp, cpu_fault_address());
}

static uint64_t task_descriptor(const struct task *task)
{
    uint64_t base = (uintptr_t)task, limit = sizeof(*task) - 1;

    return limit | (base & 0xffffff) << 16 | 0x89ULL << 40 | (base >> 24) << 56;
}

static void tasks_setup(void)
{
    main_task.stacks[0] = (uintptr_t)entry_stack_end;
    main_task.stacks[1] = DATA_SELECTOR;
    double_fault_task = (struct task){
        .cr3 = (uintptr_t)boot_root,
        .eip = (uintptr_t)double_fault,
        .eflags = 2,
        .esp = (uintptr_t)(double_fault_stack + sizeof(double_fault_stack) - 16),
        .es = DATA_SELECTOR, .cs = CODE_SELECTOR, .ss = DATA_SELECTOR, .ds = DATA_SELECTOR,
        .io_map_base = sizeof(struct task),
    };
    gdt[TASK_SELECTOR / 8] = task_descriptor(&main_task);
    gdt[DOUBLE_FAULT_SELECTOR / 8] = task_descriptor(&double_fault_task);
    __asm__ volatile("ltr %w0" : : "r"(TASK_SELECTOR));
    idt[VECTOR_DOUBLE_FAULT] = (struct gate){
        .selector = DOUBLE_FAULT_SELECTOR,
        .type = 0x85, /* task gate, present */
    };
}

/* Where a vector leads, or 0; and whether the program may raise it by `int`. */
static uintptr_t entry_of(unsigned vector)
{
    if (vector == VECTOR_SYSTEM_CALL)
        return (uintptr_t)system_call_entry;
    return vector <= VECTOR_EVENTS ? (uintptr_t)exception_entries + vector * ENTRY_SIZE : 0;
}

static bool is_for_programs(unsigned vector)
{
    return vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW || vector == VECTOR_SYSTEM_CALL;
}

/* The kernel keeps the program's data segments: loading the others at every
 * change of privilege would serve nobody. */
static void use_program_segments(uintptr_t cs, uintptr_t data)
{
    program_cs = cs;
    program_ss = data;
    program_lowers = true;
    __asm__ volatile("mov %0, %%ds; mov %0, %%es" : : "r"(data) : "memory");
}

void cpu_setup_pvh(void)
{
    struct table_pointer pointer = { sizeof(idt) - 1, (uintptr_t)idt };

    for (unsigned vector = 0; vector < VECTORS; vector++) {
        uintptr_t entry = entry_of(vector);

        if (entry)
            idt[vector] = (struct gate){
                .offset_low = entry,
                .selector = CODE_SELECTOR,
                .type = is_for_programs(vector) ? 0xee : 0x8e, /* interrupt gate, present */
                .offset_high = entry >> 16,
            };
    }
    tasks_setup();
    __asm__ volatile("lidt %0" : : "m"(pointer));
    use_program_segments(PROGRAM_CODE_SELECTOR, PROGRAM_DATA_SELECTOR);
    program_flags |= FLAG_PORTS;
    vectors_setup();
}

void cpu_setup_pv(void)
{
    static struct trap_info traps[EXCEPTIONS + 2];
    unsigned long frame = mfn_of_pfn((uintptr_t)gdt >> PAGE_SHIFT);

    running_pv = true;
    for (unsigned at = 0; at <= EXCEPTIONS; at++) {
        unsigned vector = at < EXCEPTIONS ? at : VECTOR_SYSTEM_CALL;

        traps[at] = (struct trap_info){
            .vector = vector,
            .flags = TRAP_MASKS_EVENTS | (is_for_programs(vector) ? 3 : 0),
            .cs = FLAT_KERNEL_CS,
            .address = entry_of(vector),
        };
    }
    /* The entry after the last one is all zero: the end for Xen. */
    if (HYPERCALL1(set_trap_table, traps))
        panic("Xen refuses the exception table");
    if (HYPERCALL2(stack_switch, FLAT_KERNEL_SS, entry_stack_end))
        panic("Xen refuses the way into the kernel");
    HYPERCALL1(fpu_taskswitch, 0);

    /* Xen accepts the page as a descriptor table once nobody can write it. */
    memset(gdt, 0, sizeof(gdt));
    pv_make_read_only((uintptr_t)gdt >> PAGE_SHIFT);
    if (HYPERCALL2(set_gdt, &frame, COUNT_OF(gdt)))
        panic("Xen refuses the descriptor table");
    use_program_segments(FLAT_USER_CS, FLAT_USER_DS);
    vectors_setup();
}

bool cpu_set_event_callback(void)
{
    return HYPERCALL4(set_callbacks, FLAT_KERNEL_CS, exception_entries + VECTOR_EVENTS * ENTRY_SIZE,
                      FLAT_KERNEL_CS, failsafe_pv);
}

uintptr_t cpu_fault_address(void)
{
    uintptr_t address;

    if (running_pv)
        return shared_page.info.vcpu_info[0].arch.cr2;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    return address;
}

/* The program's view of this is set_thread_area: it loads %gs with selector
 * 0x33 itself, so the segment can be used from every ring. The processor sees
 * a changed descriptor only when the selector is loaded again. */
void cpu_set_thread_pointer(uintptr_t base)
{
    uint64_t descriptor = 0x00cff2000000ffff
                        | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(base >> 24) << 56;

    if (running_pv) {
        uint64_t place = ((uint64_t)mfn_of_pfn((uintptr_t)gdt >> PAGE_SHIFT) << PAGE_SHIFT)
                       + THREAD_ENTRY * 8;

        if (HYPERCALL4(update_descriptor, place, place >> 32, descriptor, descriptor >> 32))
            panic("Xen refuses the thread pointer's descriptor");
    } else {
        gdt[THREAD_ENTRY] = descriptor;
    }
    __asm__ volatile("mov %0, %%gs" : : "r"(THREAD_ENTRY * 8 + 3));
}
