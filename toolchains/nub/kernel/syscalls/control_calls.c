/*
 * prctl: what can be asked and set of a process and its threads that nothing
 * else is for. What would only matter to other processes is kept and shown.
 */
#include <memory/program.h>
#include <signals/signals.h>
#include <syscalls/handlers.h>
#include <threads/thread.h>

enum {
    PR_SET_PDEATHSIG = 1, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE,
    PR_GET_KEEPCAPS = 7, PR_SET_KEEPCAPS, PR_GET_TIMING = 13, PR_SET_TIMING, PR_SET_NAME, PR_GET_NAME,
    PR_GET_SECCOMP = 21, PR_CAPBSET_READ = 23, PR_GET_TSC = 25, PR_SET_TSC, PR_GET_SECUREBITS,
    PR_SET_TIMERSLACK = 29, PR_GET_TIMERSLACK, PR_SET_CHILD_SUBREAPER = 36, PR_GET_CHILD_SUBREAPER,
    PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_GET_TID_ADDRESS, PR_SET_THP_DISABLE, PR_GET_THP_DISABLE,
};

#define LAST_CAPABILITY 40 /* Linux's CAP_CHECKPOINT_RESTORE */
#define TSC_ENABLED 1
#define DEFAULT_SLACK 50000

static struct {
    unsigned long death_signal, dumpable, keep_capabilities, subreaper, no_new_privileges, no_huge_pages;
} kept = { .dumpable = 1 };

static long keep(unsigned long *place, unsigned long value, unsigned long most)
{
    if (value > most)
        return -EINVAL;
    *place = value;
    return 0;
}

static long tell(unsigned long value, unsigned long to)
{
    return copy_to_program((int *)to, &(int){ value }, sizeof(int));
}

/* A name helps whoever reads a panic. */
static long set_name(const char *name)
{
    size_t most = sizeof(current->name) - 1;
    long length = program_string(name, most);

    if (length == -EFAULT)
        return length;
    length = length < 0 ? (long)most : length;
    memset(current->name, 0, sizeof(current->name));
    memcpy(current->name, name, length);
    return 0;
}

static long get_name(char *to)
{
    return copy_to_program(to, current->name, sizeof(current->name));
}

/* How late timers may be. They are as punctual as they can in any case. */
static long set_slack(unsigned long slack)
{
    current->slack = slack;
    return 0;
}

static long get_slack(void)
{
    return current->slack ? current->slack : DEFAULT_SLACK;
}

long control_call(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    bool alone = !b && !c && !d;

    switch (option) {
    case PR_SET_PDEATHSIG: return keep(&kept.death_signal, a, SIGNALS);
    case PR_GET_PDEATHSIG: return tell(kept.death_signal, a);
    case PR_GET_DUMPABLE: return kept.dumpable;
    case PR_SET_DUMPABLE: return keep(&kept.dumpable, a, 1);
    case PR_GET_KEEPCAPS: return kept.keep_capabilities;
    case PR_SET_KEEPCAPS: return keep(&kept.keep_capabilities, a, 1);
    case PR_GET_TIMING: return 0;
    case PR_SET_TIMING: return a ? -EINVAL : 0;
    case PR_SET_NAME: return set_name((const char *)a);
    case PR_GET_NAME: return get_name((char *)a);
    case PR_GET_SECCOMP: return 0;
    case PR_CAPBSET_READ: return a <= LAST_CAPABILITY ? 1 : -EINVAL;
    case PR_GET_TSC: return tell(TSC_ENABLED, a);
    case PR_SET_TSC: return a == TSC_ENABLED ? 0 : -EINVAL;
    case PR_GET_SECUREBITS: return 0;
    case PR_SET_TIMERSLACK: return set_slack(a);
    case PR_GET_TIMERSLACK: return get_slack();
    case PR_SET_CHILD_SUBREAPER: return keep(&kept.subreaper, !!a, 1);
    case PR_GET_CHILD_SUBREAPER: return tell(kept.subreaper, a);
    case PR_SET_NO_NEW_PRIVS: return a == 1 && alone ? keep(&kept.no_new_privileges, 1, 1) : -EINVAL;
    case PR_GET_NO_NEW_PRIVS: return !a && alone ? (long)kept.no_new_privileges : -EINVAL;
    case PR_GET_TID_ADDRESS: return copy_to_program((int **)a, &current->clear_id, sizeof(int *));
    case PR_SET_THP_DISABLE: return alone ? keep(&kept.no_huge_pages, !!a, 1) : -EINVAL;
    case PR_GET_THP_DISABLE: return !a && alone ? (long)kept.no_huge_pages : -EINVAL;
    default: return -EINVAL;
    }
}
