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
#include <halt/halt.h>
#include <memory/areas.h>
#include <memory/program.h>
#include <signals/altstack.h>
#include <signals/frame.h>
#include <signals/pending.h>
#include <threads/thread.h>

/* Flags that a handler begins without. */
#define FLAG_STEP 0x100ul
#define FLAG_DIRECTION 0x400ul
#define FLAG_RESUME 0x10000ul

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
};

/*
 * The vector registers lie above the frame, in Linux's layout. On i386 it begins
 * with those of the x87 alone, in the older format. What FXSAVE leaves unused tells
 * of what follows, and the end of that tells that nothing is missing.
 */
struct plain_vectors {
#ifdef __i386__
    char x87[108];
    uint16_t status, all_follow; /* 0: they do */
#endif
    char saved[464];
    uint32_t magic, extended_size;
    uint64_t states;
    uint32_t size, padding[7];
};

#define MAGIC_BEGIN 0x46505853u
#define MAGIC_END 0x46505845u

#define BEFORE_SAVED __builtin_offsetof(struct plain_vectors, saved)
#define FLAG_STATES 1 /* in the context: there is more than what FXSAVE saves */

/* Of all of it, with the magic number at the end. */
static size_t vectors_room(void)
{
    return BEFORE_SAVED + vectors_size + sizeof(uint32_t);
}

extern const char __nub_signal_return[], __nub_syscall[];

/* A function finds its stack a return address below a multiple of 16. What a system
 * call returns to is kept for making the call again. */
static struct signal_frame *place(const struct registers *r, const struct sigaction *action,
                                 struct plain_vectors **vectors)
{
    uintptr_t top = r->sp - RED_ZONE - sizeof(uintptr_t);

    if (action->flags & SA_ONSTACK && current->signal_stack_size && !is_on_signal_stack(r->sp))
        top = current->signal_stack + current->signal_stack_size;
    top = ROUND_DOWN(top - vectors_room(), 64UL);
    *vectors = (struct plain_vectors *)(top - (BEFORE_SAVED & 63));
    top = ROUND_DOWN((uintptr_t)*vectors - sizeof(struct signal_frame), 16UL);
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
    struct plain_vectors *vectors;
    uintptr_t frame = (uintptr_t)place(r, action, &vectors);

    return is_writable(frame) && is_writable((uintptr_t)vectors + vectors_room() - 1);
}

/* An interrupted program's vector registers have been saved; a function call's
 * need not be, but for their control words. */
static void save_vectors(char *to)
{
    if (!current->vectors) {
        cpu_save_vectors(to);
        return;
    }
    memcpy(to, current->vectors, vectors_size);
    current->vectors = NULL;
}

/* Puts them into a frame. */
static void push_vectors(struct context *context, struct plain_vectors *to)
{
    char vectors[MOST_VECTORS] VECTORS_ALIGNED;
    const uint32_t end = MAGIC_END;

    save_vectors(vectors);
    memcpy(to->saved, vectors, vectors_size);
    to->magic = 0;
    if (vectors_states) {
        to->magic = MAGIC_BEGIN;
        to->extended_size = vectors_room();
        to->states = vectors_states;
        to->size = vectors_size;
        memset(to->padding, 0, sizeof(to->padding));
        memcpy(to->saved + vectors_size, &end, sizeof(end));
        context->flags |= FLAG_STATES;
    }
#ifdef __i386__
    cpu_restore_vectors(vectors);
    __asm__ volatile("fnsave %0" : "=m"(to->x87));
    memcpy(&to->status, to->x87 + 4, sizeof(to->status));
    to->all_follow = 0;
    cpu_start_vectors();
#endif
    context->vectors = to;
}

/* Takes them from where the handler has left them; false when that is nowhere, but
 * it may say that they are to be as at first. */
static bool pop_vectors(const struct plain_vectors *from, char *vectors)
{
    bool plain = true;
    uint32_t end;

    if (!from) {
        cpu_initial_vectors(vectors);
        return true;
    }
    if (!program_may_read(from, sizeof(*from)))
        return false;
    if (vectors_states && from->magic == MAGIC_BEGIN && from->size == vectors_size
        && !copy_from_program(&end, from->saved + vectors_size, sizeof(end)))
        plain = end != MAGIC_END;
    memcpy(vectors, from->saved, plain ? sizeof(*from) - BEFORE_SAVED : vectors_size);
    cpu_correct_vectors(vectors, plain);
    return true;
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
    struct plain_vectors *vectors;
    struct signal_frame *frame = place(r, action, &vectors);
    bool again = restart == RESTART_ALWAYS || (restart && action->flags & SA_RESTART);

    if (again && r->vector == VECTOR_SYSTEM_CALL)
        repeat_instruction(r);
    frame->return_address = (uintptr_t)__nub_signal_return;
    frame->context = (struct context){ 0 };
    frame->information = *information;
    push_vectors(&frame->context, vectors);
    context_from_registers(&frame->context, r);
    frame->context.mask = mask;
    frame->context.stack = signal_stack_now();
    frame->ip = r->ip;
    frame->shown_ip = r->vector == VECTOR_CALL && !restart ? r->ip + 1 : r->ip;
    frame->restart = again && r->vector == VECTOR_CALL;
    frame->context.registers[CONTEXT_IP] = frame->shown_ip;

    signal_stack_entered();
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
    char vectors[MOST_VECTORS] VECTORS_ALIGNED;

    context_to_registers(&frame->context, r);
    r->vector = 0;
    if (r->ip == frame->shown_ip)
        r->ip = frame->ip;
    if (frame->restart && r->ip == frame->ip) {
        r->ip = (uintptr_t)__nub_syscall;
        r->sp -= sizeof(uintptr_t);
    }
    if (!pop_vectors(frame->context.vectors, vectors)) {
        print("nub: ended by signal %d: a handler's context has no vector registers\n", SIGSEGV);
        finish(128 + SIGSEGV);
    }
    signal_stack_set(&frame->context.stack, r->sp);
    current->blocked = that_can_be_blocked(frame->context.mask);
    signals_blocked();
    program_resume(r, vectors);
    return true;
}
