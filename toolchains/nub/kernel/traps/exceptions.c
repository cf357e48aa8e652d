/*
 * Where every exception arrives: a page that is merely not there yet is
 * brought in; all else ends the program.
 */
#include <interrupts/interrupts.h>
#include <memory/areas.h>
#include <panic/panic.h>
#include <threads/thread.h>
#include <traps/traps.h>

/* The bits of a page fault's error code. */
#define FAULT_WRITE 2
#define FAULT_EXECUTE 16

void exception(struct registers *r)
{
    uintptr_t address;
    bool in_kernel = kernel_running;

    if (r->vector >= VECTOR_FIRST_LINE) {
        interrupt(r);
        return;
    }
    kernel_running = true;
    address = cpu_fault_address();
    /* Natively the return switches interrupts on again. A PV guest's events
     * are on or off whatever the return says on i386, so it is done here. */
    if (running_pv && r->flags & FLAG_INTERRUPTS)
        pv_events_on();
    if (r->vector == VECTOR_PAGE_FAULT) {
        unsigned access = r->error & FAULT_EXECUTE ? MAY_EXECUTE
                        : r->error & FAULT_WRITE ? MAY_WRITE : MAY_READ;

        switch (areas_fault(address, access)) {
        case FAULT_RESOLVED:
            if (!in_kernel)
                kernel_leave_fault();
            return;
        case FAULT_NO_MEMORY:
            panic_at(r, "out of memory: all %zu MiB are in use",
                     pages_total() >> (20 - PAGE_SHIFT));
        case FAULT_FORBIDDEN:
            break;
        }
    }
    panic_exception(r, registers_stack(r), address);
}
