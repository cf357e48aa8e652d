/*
 * Panic: what happened, where, and the way that led there.
 */
#include <archive/archive.h>
#include <halt/halt.h>
#include <image.h>
#include <memory/areas.h>
#include <panic/panic.h>
#include <threads/thread.h>
#include <xen/numbers.h>

#define MOST_CALLERS 16
#define MOST_WORDS 1024

/* Below a stack there are one or two pages that nobody may touch. */
#define GUARD_PAGES 2
#define NEAR 65536UL

#define PANIC_STATUS 255

static bool panicking;

/* A return address may lie behind the end of its function, whose last
 * instruction was the call; what counts is the byte before it. */
static void print_place(uintptr_t address, bool is_return)
{
    const char *mark = is_return ? " ?" : "";
    char name[128];

    if (symbol_describe(address - is_return, name, sizeof(name)))
        print("nub:   %p %s%s\n", (void *)address, name, mark);
    else
        print("nub:   %p%s\n", (void *)address, mark);
}

/* Does a call instruction end here? A near call is e8 and four bytes; a call
 * through a register or memory is ff, a byte whose middle bits are 2, and
 * whatever that needs. */
static bool follows_call(uintptr_t address)
{
    const unsigned char *end = (const unsigned char *)address;

    if (address < (uintptr_t)__nub_text_start + 8 || address >= (uintptr_t)__nub_text_end)
        return false;
    if (end[-5] == 0xe8)
        return true;
    for (unsigned length = 2; length <= 7; length++)
        if (end[-(int)length] == 0xff && (end[1 - (int)length] & 0x38) == 0x10)
            return true;
    return false;
}

/* The kernel stack of the current thread ends with where its program is. */
static bool is_program_next(uintptr_t stack)
{
    return current && stack >= (uintptr_t)program_registers(current) && stack < current->kernel_stack;
}

/* There are no frame pointers to follow, so every word on the stack that could
 * be a return address counts as one. */
static void print_backtrace(uintptr_t ip, uintptr_t stack)
{
    unsigned callers = 0;

    print("nub: called from (what has a ? was merely found on the stack):\n");
    if (ip)
        print_place(ip, false);
    stack = ROUND_DOWN(stack, sizeof(uintptr_t));
    for (unsigned i = 0; i < MOST_WORDS && callers < MOST_CALLERS; i++, stack += sizeof(uintptr_t)) {
        if (is_program_next(stack)) {
            print_place(program_registers(current)->ip, true);
            stack = ROUND_DOWN(program_registers(current)->sp, sizeof(uintptr_t));
        }
        /* A stack that has overflowed goes on behind its guard pages. */
        for (unsigned page = 0; page < GUARD_PAGES && !tables_rights(stack); page++)
            stack = ROUND_DOWN(stack, PAGE_SIZE) + PAGE_SIZE;
        if (!tables_rights(stack))
            break;
        if (follows_call(*(uintptr_t *)stack)) {
            print_place(*(uintptr_t *)stack, true);
            callers++;
        }
    }
}

/* Which thread it was, when there is a choice. */
static void print_thread(void)
{
    if (all_threads->next)
        print("nub: in thread %d %s\n", current->id, current->name);
}

/* A panic in the middle of a panic only ends it. */
static void begin(void)
{
    if (panicking)
        halt(PANIC_STATUS);
    panicking = true;
    halt_reason = SHUTDOWN_crash;
}

NORETURN void panic(const char *text, ...)
{
    char reason[256];
    va_list list;

    begin();
    va_start(list, text);
    format_list(reason, sizeof(reason), text, list);
    va_end(list);
    print("nub: panic: %s\n", reason);
    print_backtrace(0, (uintptr_t)__builtin_frame_address(0));
    finish(PANIC_STATUS);
}

NORETURN void panic_at(const struct registers *r, const char *text, ...)
{
    char reason[256];
    va_list list;

    begin();
    va_start(list, text);
    format_list(reason, sizeof(reason), text, list);
    va_end(list);
    print("nub: panic: %s\n", reason);
    print_registers(r, registers_stack(r));
    print_backtrace(r->ip, registers_stack(r));
    finish(PANIC_STATUS);
}

static const char *const names[] = {
    "divide error", "debug exception", "non-maskable interrupt", "breakpoint", "overflow",
    "bound range exceeded", "invalid opcode", "no floating-point unit", "double fault",
    "coprocessor overrun", "invalid task-state segment", "segment not present",
    "stack segment fault", "general protection fault", "page fault", "reserved exception",
    "floating-point error", "alignment error", "machine check", "vector floating-point error",
};

/* Is the address in a guard page not far from the stack pointer? */
static bool is_overflow(uintptr_t address, uintptr_t stack)
{
    unsigned rights;

    if (address + NEAR <= stack || address >= stack + NEAR)
        return false;
    if (areas_rights(address, &rights))
        return !rights;
    return address >= ARENA_END && address < KERNEL_STACKS_END; /* the kernel's own */
}

static void describe_page_fault(const struct registers *r, uintptr_t stack, uintptr_t address)
{
    const char *access = r->error & 16 ? "executing" : r->error & 2 ? "writing" : "reading";

    if (address < NULL_GUARD_END)
        print("nub: panic: null pointer: %s %p\n", access, (void *)address);
    else if (is_overflow(address, stack))
        print("nub: panic: stack overflow: %s %p, stack pointer %p\n", access, (void *)address,
              (void *)stack);
    else
        print("nub: panic: page fault: %s %p, which %s (stack pointer %p)\n", access, (void *)address,
              tables_rights(address) ? "is protected against that" : "is not mapped",
              (void *)stack);
}

NORETURN void panic_exception(const struct registers *r, uintptr_t stack, uintptr_t address)
{
    begin();
    if (r->vector == VECTOR_PAGE_FAULT)
        describe_page_fault(r, stack, address);
    else if (r->vector == VECTOR_DOUBLE_FAULT && is_overflow(address, stack))
        print("nub: panic: stack overflow: at %p, stack pointer %p\n", (void *)address, (void *)stack);
    else
        print("nub: panic: %s (vector %lu, error code %lx)\n",
              r->vector < COUNT_OF(names) ? names[r->vector] : "exception",
              (unsigned long)r->vector, (unsigned long)r->error);
    print_thread();
    print_registers(r, stack);
    print_backtrace(r->ip, stack);
    finish(PANIC_STATUS);
}
