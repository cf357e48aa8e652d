/*
 * The processor, 64-bit: descriptor tables, exception gates, thread pointer.
 */
#include <arch.h>
#include <xen/hypercall.h>

#define MSR_EFER 0xc0000080
#define EFER_SYSCALL 1
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_SYSCALL_MASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define EXCEPTIONS 32
#define VECTORS (VECTOR_EVENTS + 1)
#define ENTRY_SIZE 16

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
#define TASK_SELECTOR 0x18

/* Set while Xen handles our page tables and exceptions (exceptions.S asks). */
bool running_pv;

extern const char exception_entries[], exception_entries_pv[], failsafe_pv[];
extern const char system_call_entry[], system_call_entry_pv[];
extern char entry_stack[], entry_stack_end[];

/* The task-state segment is needed for one thing only: the stacks that
 * interrupts and exceptions switch to, whatever was interrupted. It lies where the
 * frame of an interrupt ends with the lowest byte of ist[0] (exceptions.S). */
struct task {
    uint32_t reserved;
    uint64_t rsp[3];
    uint64_t reserved2;
    uint64_t ist[7];
    uint16_t reserved3[5];
    uint16_t io_map_base;
} PACKED;

static uint64_t gdt[] = {
    0,
    0x00af9a000000ffff, /* 0x08: 64-bit code */
    0x00cf92000000ffff, /* 0x10: data */
    0, 0,               /* 0x18: the task-state segment, 16 bytes */
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
    uint8_t stack; /* n: the task's ist[n - 1] */
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
} idt[VECTORS];

static char double_fault_stack[8192] ALIGNED(16);

enum { STACK_INTERRUPT = 1, STACK_EXCEPTION, STACK_DOUBLE_FAULT };

static unsigned stack_of(unsigned vector)
{
    if (vector >= VECTOR_FIRST_LINE)
        return STACK_INTERRUPT;
    return vector == VECTOR_DOUBLE_FAULT ? STACK_DOUBLE_FAULT : STACK_EXCEPTION;
}

static void task_setup(void)
{
    char *interrupt_stack = entry_stack + INTERRUPT_STACK;
    struct task *task = (struct task *)(interrupt_stack - 1 - offsetof(struct task, ist));
    uint64_t base = (uintptr_t)task, limit = sizeof(*task) - 1;

    task->ist[STACK_INTERRUPT - 1] = (uintptr_t)interrupt_stack;
    task->ist[STACK_EXCEPTION - 1] = (uintptr_t)entry_stack_end;
    task->ist[STACK_DOUBLE_FAULT - 1] = (uintptr_t)(double_fault_stack + sizeof(double_fault_stack));
    task->io_map_base = sizeof(*task);
    gdt[3] = limit | (base & 0xffffff) << 16 | 0x89ULL << 40 | (base >> 24 & 0xff) << 56;
    gdt[4] = base >> 32;
    __asm__ volatile("ltr %w0" : : "r"(TASK_SELECTOR));
}

void cpu_setup_pvh(void)
{
    struct table_pointer pointer = { sizeof(idt) - 1, (uintptr_t)idt };

    task_setup();
    for (unsigned vector = 0; vector < VECTORS; vector++) {
        uintptr_t entry = (uintptr_t)exception_entries + vector * ENTRY_SIZE;

        idt[vector] = (struct gate){
            .offset_low = entry,
            .selector = CODE_SELECTOR,
            .stack = stack_of(vector),
            .type = 0x8e, /* interrupt gate, present */
            .offset_middle = entry >> 16,
            .offset_high = entry >> 32,
        };
    }
    __asm__ volatile("lidt %0" : : "m"(pointer));
    program_cs = CODE_SELECTOR;
    program_ss = DATA_SELECTOR;
    write_msr(MSR_EFER, read_msr(MSR_EFER) | EFER_SYSCALL);
    write_msr(MSR_STAR, (uint64_t)CODE_SELECTOR << 32);
    write_msr(MSR_LSTAR, (uintptr_t)system_call_entry);
    write_msr(MSR_SYSCALL_MASK, ~2u);
    vectors_setup();
}

void cpu_setup_pv(void)
{
    static struct trap_info traps[EXCEPTIONS + 1];

    running_pv = program_lowers = true;
    program_cs = FLAT_KERNEL_CS;
    program_ss = FLAT_KERNEL_SS;
    for (unsigned vector = 0; vector < EXCEPTIONS; vector++)
        traps[vector] = (struct trap_info){
            .vector = vector,
            .flags = TRAP_MASKS_EVENTS | (vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW ? 3 : 0),
            .cs = FLAT_KERNEL_CS,
            .address = (uintptr_t)exception_entries_pv + vector * ENTRY_SIZE,
        };
    /* The entry after the last one is all zero: the end for Xen. */
    if (HYPERCALL1(set_trap_table, traps))
        panic("Xen refuses the exception table");
    if (HYPERCALL2(stack_switch, FLAT_KERNEL_SS, entry_stack_end))
        panic("Xen refuses the way into the kernel");
    HYPERCALL1(fpu_taskswitch, 0);
    vectors_setup();
}

bool cpu_set_event_callback(void)
{
    /* The older call knows no way to have events masked by a system call. */
    struct callback_register system_call = {
        .type = CALLBACKTYPE_syscall, .flags = CALLBACKF_mask_events, .address = (uintptr_t)system_call_entry_pv,
    };

    return HYPERCALL3(set_callbacks, exception_entries_pv + VECTOR_EVENTS * ENTRY_SIZE, failsafe_pv, 0)
        || HYPERCALL2(callback_op, CALLBACKOP_register, &system_call);
}

uintptr_t cpu_fault_address(void)
{
    uintptr_t address;

    if (running_pv)
        return shared_page.info.vcpu_info[0].arch.cr2;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    return address;
}

void cpu_set_thread_pointer(uintptr_t base)
{
    if (running_pv)
        HYPERCALL2(set_segment_base, SEGBASE_FS, base);
    else
        write_msr(MSR_FS_BASE, base);
}
