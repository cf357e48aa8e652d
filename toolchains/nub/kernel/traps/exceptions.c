/*
 * Where every exception arrives: a page that is merely not there yet is
 * brought in; for all else the program has a handler, or ends.
 */
#include <interrupts/interrupts.h>
#include <memory/areas.h>
#include <panic/panic.h>
#include <signals/settle.h>
#include <threads/thread.h>
#include <traps/traps.h>

/* The bits of a page fault's error code. */
#define FAULT_WRITE 2
#define FAULT_EXECUTE 16

#define VECTOR_DEBUG 1
#define FLAG_STEP 0x100

bool exception(struct registers *r)
{
    uintptr_t address;
    bool in_kernel = kernel_running;

    if (r->vector == VECTOR_SYSTEM_CALL)
        return system_call_instruction(r);
    if (r->vector >= VECTOR_FIRST_LINE)
        return interrupt(r);
    /* A single step that leads into the kernel is the last one. */
    if (r->vector == VECTOR_DEBUG && (in_kernel || signal_is_in_call(r->ip))) {
        r->flags &= ~FLAG_STEP;
        if (!in_kernel)
            cpu_complete_call(r);
        return !in_kernel;
    }
    kernel_running = true;
    address = cpu_fault_address();
    if (r->flags & FLAG_INTERRUPTS)
        interrupts_on();
    if (!in_kernel)
        cpu_complete_call(r);
    if (r->vector == VECTOR_PAGE_FAULT) {
        unsigned access = r->error & FAULT_EXECUTE ? MAY_EXECUTE
                        : r->error & FAULT_WRITE ? MAY_WRITE : MAY_READ;

        switch (areas_fault(address, access)) {
        case FAULT_RESOLVED:
            if (!in_kernel && kernel_noted)
                program_stop(r);
            return !in_kernel;
        case FAULT_NO_MEMORY:
            panic_at(r, "out of memory: all %zu MiB are in use",
                     pages_total() >> (20 - PAGE_SHIFT));
        case FAULT_BEYOND:
            if (!in_kernel && fault_signal(r, address))
                return true;
            panic_at(r, "bus error: %p is mapped, but the file that it is mapped from has become too short for it",
                     (void *)address);
        case FAULT_FORBIDDEN:
            break;
        }
    }
    if (!in_kernel && fault_signal(r, address))
        return true;
    panic_exception(r, registers_stack(r), address);
}
