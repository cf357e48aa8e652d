/*
 * Threads, and who runs when.
 */
#ifndef THREADS_THREAD_H
#define THREADS_THREAD_H

#include <arch.h>
#include <interrupts/interrupts.h>
#include <threads/timers.h>

/* A turn. Long enough that switching costs little, short enough that nobody
 * notices that another thread is busy. */
#define TURN 4000000ULL /* nanoseconds */

/* Of each thread; the first one's is part of the image. */
#define KERNEL_STACK_SIZE 32768UL

/* The stack that the program starts on. */
#define FIRST_STACK_SIZE (8UL << 20)
extern uintptr_t first_stack_end;

/* Why a thread that waited goes on. */
enum wake {
    WAKE_EVENT,
    WAKE_TIMEOUT,
    WAKE_SIGNAL,
};

/* The signals that are pending, as a set and as the list of what was sent. */
struct pending {
    uint64_t set;
    struct sent *first, *last;
};

struct thread {
    uintptr_t stack_pointer; /* on the kernel stack, while another thread runs */
    uintptr_t kernel_stack;  /* where that ends */
    uintptr_t thread_pointer;
    int id;
    char name[16];
    struct thread *next;       /* of all threads */

    /* Of those that could run; see turns.c. */
    struct thread *next_ready;
    bool was_woken;
    uint64_t turn_left;

    /* While it waits: for what (any address will do as a name), and what ends
     * that when it lasts too long. An event that finds it awake is kept. */
    const void *waits_for;
    struct timer alarm;
    enum wake woken_by;
    bool notified;
    bool undisturbed; /* signals do not end it */

    /* How it is scheduled: the priority of real time decides who goes first, and
     * niceness how long a turn is. */
    int policy, priority, nice;
    int inherited; /* priority, of those who wait for its locks; see inherit.h */
    unsigned long slack;

    uint64_t ticks; /* of the processor's time that it has had; cpu_time.h */

    /* For statistics: since when it could run, the deadline that woke it, and
     * for which value of which word it waits. 0 means none. */
    uint64_t ready_since, due;
    const int *futex;
    int futex_value;
    unsigned futex_changes;

    /* Signals; see signals/signals.c. */
    uint64_t blocked, awaited;
    struct pending pending;
    uint64_t promised; /* those of the process that it shall receive */
    uint64_t blocked_before; /* once a handler has run, when restore_blocked is set */
    bool restore_blocked;
    /* The exception that it caused last, and the address if that was a page fault. */
    struct {
        uintptr_t vector, error, address;
    } fault;

    uintptr_t signal_stack;
    size_t signal_stack_size;
    unsigned signal_stack_flags;

    /* The floating-point and vector registers of a program that was interrupted,
     * if they are to be restored. */
    char *vectors;

    int *clear_id; /* set to 0, and waiters on it woken, when the thread ends */
};

/* The one of Linux's policies under which a turn does not end by the timer. */
#define SCHED_FIFO 1
#define SCHED_RESET_ON_FORK 0x40000000 /* its new threads begin without it */

/* The priority that it has now, its own or one it has inherited. */
static inline int thread_rank(const struct thread *thread)
{
    return thread->inherited > thread->priority ? thread->inherited : thread->priority;
}

extern struct thread *current;
extern struct thread *all_threads;

/* Does the current thread's kernel stack hold it? That is no memory of the program's, but
 * what one call hands on to another may be there, and needs no look. */
static inline bool on_kernel_stack(const void *at)
{
    return current && (uintptr_t)at < current->kernel_stack
        && (uintptr_t)at >= current->kernel_stack - KERNEL_STACK_SIZE;
}

/* Set while the kernel is at work: interrupts then only note that they came. */
extern bool kernel_running, kernel_noted;

/* Set by whoever changes who could run, when the timer is to go off, or which signals
 * are blocked. With that and kernel_noted false, kernel_leave() has nothing to do for
 * a call that has looked for signals itself. */
extern bool kernel_changed;

/* Where the program that a thread runs goes on: the frame at the end of its kernel
 * stack. To be had while the thread is in the kernel. */
static inline struct registers *program_registers(const struct thread *thread)
{
    return (struct registers *)thread->kernel_stack - 1;
}

/* To be called before the kernel is left: whatever has been noted is done first,
 * others may run, and signals are delivered. `r` is where the program goes on;
 * true when that, or any other of its registers, has changed. */
bool kernel_leave(struct registers *r);

/* The same for a program that did not expect to stop, and may have anything in the
 * floating-point and vector registers. */
void program_stop(struct registers *r);

/* The same for one of which those registers have been saved already. */
void program_resume(struct registers *r, char *vectors);

/* threads.c */
struct thread *thread_find(int id);
/* Answers the new thread's number, or 0 for want of memory. */
int thread_start(uintptr_t function, uintptr_t argument, uintptr_t stack, uintptr_t thread_pointer,
                 int *parent_id, int *clear_id);
NORETURN void thread_exit(int status);
void threads_reap(void);
int threads_started(void); /* so far, with the first one */

/* For exceptions.S: the first that a new thread does. */
void thread_begins(struct registers *r);

/* scheduler.c */
void scheduler_start(void);
void scheduler_add(struct thread *thread);
void scheduler_ranked(struct thread *thread); /* its priority has changed */
NORETURN void scheduler_leave(void); /* the current thread never runs again */

/* The interrupt that has been ordered may come too late for a timer (timers.h). */
void scheduler_correct_timer(void);

/* Signals stand above threads, so they tell how to ask whether one is wanted by
 * the current thread, which ends its waits; how to deliver those that are to the
 * program, which goes on with other registers if any was; and what to do when a
 * thread has ended. Called before any thread waits. */
void scheduler_heed_signals(bool (*wanted)(void), bool (*deliver)(struct registers *r),
                            void (*end)(struct thread *thread));

/* Waits until threads_wake() names the same thing, or a time, or a signal (wait.c). */
enum wake thread_wait(const void *what, uint64_t deadline);

/* Wakes up to `most` threads that wait for it, those first that have waited
 * longest, and tells how many. */
unsigned threads_wake(const void *what, unsigned most);

/* What wait.c is built on: sleeps until woken, and wakes one that sleeps. */
enum wake thread_sleep(const void *what, uint64_t deadline);
void thread_wake(struct thread *thread, enum wake why);

/* Lets the others run that could. */
void thread_yield(void);

#endif
