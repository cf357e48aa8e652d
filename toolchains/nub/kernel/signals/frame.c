/*
 * Frames of signal handlers: a handler is called with everything that it is to
 * see on the program's stack, and nothing is left in the kernel. It may return,
 * to __nub_signal_return, or leave by longjmp.
 *
 * Alternate stacks are what QEMU makes its coroutines with where libc has no
 * makecontext (musl has none), so they must be good. They are preferred to a
 * swapcontext of our own: that would be code of ours inside of the program,
 * chosen by its configure script, to save four system calls for each
 * coroutine's birth.
 */
#include <memory/areas.h>
#include <signals/frame.h>
#include <signals/pending.h>
#include <threads/thread.h>

/* Flags that a handler begins without. */
#define FLAG_STEP 0x100ul
#define FLAG_DIRECTION 0x400ul
#define FLAG_RESUME 0x10000ul

enum { SS_ONSTACK = 1, SS_DISABLE = 2 };

/* The handler's arguments are in registers, or in front of the rest. */
struct signal_frame {
    uintptr_t return_address;
#ifdef __x86_64__
    uintptr_t padding;
#else
    uintptr_t signal;
    const struct signal_information *information_address;
    const struct context *context_address;
#endif
    struct context context;
    struct signal_information information;

    /* Where the program went on, and where the handler was told that it did. They
     * differ for a complete system call, whose caller's next byte is shown: libc's
     * cancellation wants to know (syscall_cp.s in the musl overlay). */
    uintptr_t ip, shown_ip;
    uintptr_t restart; /* make the system call again */
    char vectors[512];
};

extern const char __nub_signal_return[], __nub_syscall[];

bool is_on_signal_stack(uintptr_t stack_pointer)
{
    return stack_pointer - current->signal_stack < current->signal_stack_size;
}

/* A function finds its stack a return address below a multiple of 16. What a system
 * call returns to is kept for making the call again. */
static struct signal_frame *place(const struct registers *r, const struct sigaction *action)
{
    uintptr_t top = r->sp - RED_ZONE - sizeof(uintptr_t);

    if (action->flags & SA_ONSTACK && current->signal_stack_size && !is_on_signal_stack(r->sp))
        top = current->signal_stack + current->signal_stack_size;
    top = ROUND_DOWN(top - sizeof(struct signal_frame), 16UL);
    return (struct signal_frame *)(top - sizeof(uintptr_t));
}

static bool is_writable(uintptr_t address)
{
    unsigned rights;

    return areas_rights(address, &rights) && rights & MAY_WRITE;
}

/* The frame is smaller than a page, so the rest is as its ends are. */
bool signal_frame_fits(const struct registers *r, const struct sigaction *action)
{
    uintptr_t frame = (uintptr_t)place(r, action);

    return is_writable(frame) && is_writable(frame + sizeof(struct signal_frame) - 1);
}

/* An interrupted program's vector registers have been saved; a function call's
 * need not be, but for their control words. */
static void save_vectors(char *to)
{
    if (!current->vectors) {
        cpu_save_vectors(to);
        return;
    }
    memcpy(to, current->vectors, 512);
    current->vectors = NULL;
}

/* `syscall` and `int $0x80` have two bytes. The number is in the register of the
 * answer, and kept in the frame where exceptions have an error code. */
static void repeat_instruction(struct registers *r)
{
    r->ip -= 2;
    r->ax = r->error;
}

void signal_frame_push(struct registers *r, const struct sigaction *action,
                       const struct signal_information *information, uint64_t mask, enum restart restart)
{
    struct signal_frame *frame = place(r, action);
    bool again = restart == RESTART_ALWAYS || (restart && action->flags & SA_RESTART);
    char vectors[512] ALIGNED(16);

    if (again && r->vector == VECTOR_SYSTEM_CALL)
        repeat_instruction(r);
    save_vectors(vectors);
    frame->return_address = (uintptr_t)__nub_signal_return;
    frame->context = (struct context){ 0 };
    frame->information = *information;
    memcpy(frame->vectors, vectors, sizeof(vectors));
    context_from_registers(&frame->context, r);
    frame->context.mask = mask;
    frame->context.stack.start = (void *)current->signal_stack;
    frame->context.stack.size = current->signal_stack_size;
    frame->context.stack.flags = !current->signal_stack_size ? SS_DISABLE : is_on_signal_stack(r->sp) ? SS_ONSTACK : 0;
    frame->context.vectors = frame->vectors;
    frame->ip = r->ip;
    frame->shown_ip = r->vector == VECTOR_CALL && !restart ? r->ip + 1 : r->ip;
    frame->restart = again && r->vector == VECTOR_CALL;
    frame->context.registers[CONTEXT_IP] = frame->shown_ip;

    r->sp = (uintptr_t)frame;
    r->ip = (uintptr_t)action->handler;
    r->flags &= ~(FLAG_STEP | FLAG_DIRECTION | FLAG_RESUME);
    r->vector = 0;
#ifdef __x86_64__
    r->di = information->signal;
    r->si = (uintptr_t)&frame->information;
    r->dx = (uintptr_t)&frame->context;
    r->ax = 0;
#else
    frame->signal = information->signal;
    frame->information_address = &frame->information;
    frame->context_address = &frame->context;
#endif
}

/* The frame began where the handler's return address was; that has been popped,
 * and so, it seems, has one of this call. */
bool signal_return_call(struct registers *r)
{
    struct signal_frame *frame = (struct signal_frame *)(r->sp - 2 * sizeof(uintptr_t));
    char vectors[512] ALIGNED(16);

    context_to_registers(&frame->context, r);
    r->vector = 0;
    if (r->ip == frame->shown_ip)
        r->ip = frame->ip;
    if (frame->restart && r->ip == frame->ip) {
        r->ip = (uintptr_t)__nub_syscall;
        r->sp -= sizeof(uintptr_t);
    }
    memcpy(vectors, frame->vectors, sizeof(vectors));
    current->blocked = that_can_be_blocked(frame->context.mask);
    signals_blocked();
    program_resume(r, vectors);
    return true;
}
