/*
 * A system call is an instruction for Linux: the program is before it or behind
 * it. Here it is a call of a function, whose first instructions can be
 * interrupted, and a thread that is cancelled there would neither be seen as
 * before the call nor find a cancellation when it waits in it: the handler of
 * libc's signal compares the place with that of the call (syscall_cp.s in the
 * musl overlay). So the place is made one of those two.
 */
#include <image.h>
#include <signals/settle.h>

#define CALL_SIZE 5
#define CALL 0xe8 /* and how far, in four bytes */
#define NO_OPERATION 0x90

/* The functions that are the way in, one after the other, and what they share. */
extern const char __nub_syscall[], call_switched[];

/* Does an instruction end here that calls one of them? */
static bool follows_call(uintptr_t address)
{
    const unsigned char *end = (const unsigned char *)address;
    uintptr_t target;
    int32_t distance;

    if (address < (uintptr_t)__nub_text_start + CALL_SIZE || address >= (uintptr_t)__nub_text_end
        || end[-CALL_SIZE] != CALL)
        return false;
    memcpy(&distance, end - sizeof(distance), sizeof(distance));
    target = address + distance;
    return target >= (uintptr_t)__nub_syscall && target < (uintptr_t)call_switched;
}

bool signal_is_in_call(uintptr_t ip)
{
    return ip >= (uintptr_t)__nub_syscall && ip <= (uintptr_t)call_switched;
}

void signal_settle_call(struct registers *r)
{
    if (r->vector == VECTOR_CALL || r->vector == VECTOR_SYSTEM_CALL)
        return;
    if (r->ip >= (uintptr_t)__nub_syscall && r->ip < (uintptr_t)call_switched) {
        uintptr_t back = *(const uintptr_t *)r->sp;

        if (follows_call(back)) {
            r->ip = back - CALL_SIZE;
            r->sp += sizeof(back);
        }
    } else if (follows_call(r->ip) && *(const unsigned char *)r->ip == NO_OPERATION) {
        r->ip++;
    }
}
