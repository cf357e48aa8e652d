/*
 * How a thread is scheduled: its policy and priority, its niceness, and the one
 * processor that there is.
 */
#include <memory/program.h>
#include <syscalls/handlers.h>
#include <syscalls/identity.h>
#include <threads/inherit.h>

enum { SCHED_OTHER, SCHED_RR = 2, SCHED_BATCH, SCHED_IDLE = 5 };
enum { PRIO_PROCESS, PRIO_PGRP, PRIO_USER };

#define MOST_PRIORITY 99
#define MOST_NICE 19
#define LEAST_NICE (-20)

/* The one processor of the one node. */
#define PROCESSORS_SIZE 128

static bool is_real_time(int policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool is_policy(int policy)
{
    return (policy >= SCHED_OTHER && policy <= SCHED_BATCH) || policy == SCHED_IDLE;
}

/* 0 is the caller; the process is its first thread. */
static struct thread *find(int id)
{
    return id ? thread_find(id) : current;
}

/* -1: the policy that it has. */
static long set(int id, int policy, const int *to)
{
    struct thread *thread = find(id);
    int plain, priority;

    if (id < 0 || !to)
        return -EINVAL;
    if (copy_from_program(&priority, to, sizeof(priority)))
        return -EFAULT;
    if (!thread)
        return -ESRCH;
    policy = policy < 0 ? thread->policy : policy;
    plain = policy & ~SCHED_RESET_ON_FORK;
    if (!is_policy(plain) || priority < 0 || priority > MOST_PRIORITY || is_real_time(plain) != (priority > 0))
        return -EINVAL;
    if (!process_is_root() && priority > thread->priority)
        return -EPERM;
    thread->policy = policy;
    thread->priority = priority;
    scheduler_ranked(thread);
    inherit_renew();
    return 0;
}

long schedule_set(int id, int policy, const int *priority)
{
    return policy < 0 ? -EINVAL : set(id, policy, priority);
}

long schedule_set_priority(int id, const int *priority)
{
    return set(id, -1, priority);
}

long schedule_get(int id)
{
    struct thread *thread = find(id);

    if (id < 0)
        return -EINVAL;
    return thread ? thread->policy : -ESRCH;
}

long schedule_get_priority(int id, int *to)
{
    struct thread *thread = find(id);

    if (id < 0 || !to)
        return -EINVAL;
    if (!thread)
        return -ESRCH;
    return copy_to_program(to, &thread->priority, sizeof(*to));
}

long schedule_most(int policy)
{
    return is_real_time(policy) ? MOST_PRIORITY : is_policy(policy) ? 0 : -EINVAL;
}

long schedule_least(int policy)
{
    return is_real_time(policy) ? 1 : is_policy(policy) ? 0 : -EINVAL;
}

/* Who is first in, first out has no end of its turn. */
static uint64_t turn_of(const struct thread *thread)
{
    return (thread->policy & ~SCHED_RESET_ON_FORK) == SCHED_FIFO ? 0 : TURN;
}

long schedule_turn(int id, struct timespec64 *to)
{
    struct thread *thread = find(id);

    if (id < 0)
        return -EINVAL;
    if (!thread)
        return -ESRCH;
    return copy_to_program(to, &(struct timespec64){ 0, turn_of(thread) }, sizeof(*to));
}

long schedule_turn32(int id, struct timespec32 *to)
{
    struct thread *thread = find(id);

    if (id < 0)
        return -EINVAL;
    if (!thread)
        return -ESRCH;
    return copy_to_program(to, &(struct timespec32){ 0, turn_of(thread) }, sizeof(*to));
}

long schedule_get_processors(int id, size_t size, unsigned long *mask)
{
    if (size < sizeof(*mask) || size % sizeof(*mask))
        return -EINVAL;
    if (id < 0 || !find(id))
        return -ESRCH;
    if (!program_may_write(mask, smaller(size, PROCESSORS_SIZE)))
        return -EFAULT;
    memset(mask, 0, smaller(size, PROCESSORS_SIZE));
    mask[0] = 1;
    return sizeof(*mask);
}

/* Others than the first may be named, but it must be among them. */
long schedule_set_processors(int id, size_t size, const unsigned char *mask)
{
    if (!program_may_read(mask, smaller(size, PROCESSORS_SIZE)))
        return -EFAULT;
    if (id < 0 || !find(id))
        return -ESRCH;
    return size && mask[0] & 1 ? 0 : -EINVAL;
}

long schedule_processor(unsigned *processor, unsigned *node)
{
    if (processor)
        *processor = 0;
    if (node)
        *node = 0;
    return 0;
}

/* By thread, as Linux has it; a group's and a user's are all of them. */
static struct thread *first_of(int which, int id, long *error)
{
    struct thread *thread = NULL;

    *error = -ESRCH;
    if (which < PRIO_PROCESS || which > PRIO_USER)
        *error = -EINVAL;
    else if (which == PRIO_PROCESS)
        thread = find(id);
    else if (which == PRIO_USER ? id == 0 || (unsigned)id == process_user.real : id == 0 || id == 1)
        thread = all_threads;
    return thread;
}

static int nicer(int wanted)
{
    return wanted < LEAST_NICE ? LEAST_NICE : wanted > MOST_NICE ? MOST_NICE : wanted;
}

long schedule_set_nice(int which, int id, int nice)
{
    long error;
    struct thread *thread = first_of(which, id, &error);

    nice = nicer(nice);
    for (; thread; thread = which == PRIO_PROCESS ? NULL : thread->next) {
        if (nice < thread->nice && !process_is_root())
            return -EACCES;
        thread->nice = nice;
        error = 0;
    }
    return error;
}

/* Of several the least nice. An answer is never negative: 20 stands for 0. */
long schedule_get_nice(int which, int id)
{
    long error;
    struct thread *thread = first_of(which, id, &error);
    int least = MOST_NICE;

    if (!thread)
        return error;
    for (; thread; thread = which == PRIO_PROCESS ? NULL : thread->next)
        least = thread->nice < least ? thread->nice : least;
    return MOST_NICE + 1 - least;
}

long schedule_nice(int more)
{
    return schedule_set_nice(PRIO_PROCESS, 0, current->nice + nicer(more)) ? -EPERM : 0;
}
