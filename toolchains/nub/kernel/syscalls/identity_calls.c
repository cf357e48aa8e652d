/*
 * Who the process is. It begins as root, may become somebody else, and then has
 * not root's rights to become another again, as on Linux. Files do not ask: there
 * is nobody whom they could be kept from.
 */
#include <memory/program.h>
#include <syscalls/handlers.h>
#include <syscalls/identity.h>

#define MOST_GROUPS 65536
#define KEPT_GROUPS 256
#define UNCHANGED (~0u)

struct identity process_user, process_group;
static unsigned groups[KEPT_GROUPS];
static unsigned group_count;

bool process_is_root(void)
{
    return !process_user.effective;
}

static bool has(const struct identity *identity, unsigned id)
{
    return id == identity->real || id == identity->effective || id == identity->saved;
}

/* Who is not root may only become what it is already in another sense. */
static bool may_become(const struct identity *identity, unsigned id)
{
    return id == UNCHANGED || process_is_root() || has(identity, id);
}

static long set_one(struct identity *identity, unsigned id)
{
    if (id == UNCHANGED)
        return -EINVAL;
    if (process_is_root())
        *identity = (struct identity){ id, id, id, id };
    else if (id == identity->real || id == identity->saved)
        identity->effective = identity->of_files = id;
    else
        return -EPERM;
    return 0;
}

static long set_two(struct identity *identity, unsigned real, unsigned effective)
{
    struct identity wanted = *identity;

    if (real != UNCHANGED) {
        if (!process_is_root() && real != identity->real && real != identity->effective)
            return -EPERM;
        wanted.real = real;
    }
    if (!may_become(identity, effective))
        return -EPERM;
    if (effective != UNCHANGED)
        wanted.effective = effective;
    if (real != UNCHANGED || (effective != UNCHANGED && effective != identity->real))
        wanted.saved = wanted.effective;
    wanted.of_files = wanted.effective;
    *identity = wanted;
    return 0;
}

static long set_three(struct identity *identity, unsigned real, unsigned effective, unsigned saved)
{
    if (!may_become(identity, real) || !may_become(identity, effective) || !may_become(identity, saved))
        return -EPERM;
    if (real != UNCHANGED)
        identity->real = real;
    if (effective != UNCHANGED)
        identity->effective = effective;
    if (saved != UNCHANGED)
        identity->saved = saved;
    identity->of_files = identity->effective;
    return 0;
}

/* Answers what it was, also when it stays so. */
static long set_of_files(struct identity *identity, unsigned id)
{
    unsigned before = identity->of_files;

    if (id != UNCHANGED && (may_become(identity, id) || id == before))
        identity->of_files = id;
    return before;
}

static long get_three(const struct identity *identity, unsigned *real, unsigned *effective, unsigned *saved)
{
    if (copy_to_program(real, &identity->real, sizeof(*real))
        || copy_to_program(effective, &identity->effective, sizeof(*effective)))
        return -EFAULT;
    return copy_to_program(saved, &identity->saved, sizeof(*saved));
}

long identity_setuid(unsigned id) { return set_one(&process_user, id); }
long identity_setgid(unsigned id) { return set_one(&process_group, id); }
long identity_setreuid(unsigned real, unsigned effective) { return set_two(&process_user, real, effective); }
long identity_setregid(unsigned real, unsigned effective) { return set_two(&process_group, real, effective); }
long identity_setfsuid(unsigned id) { return set_of_files(&process_user, id); }
long identity_setfsgid(unsigned id) { return set_of_files(&process_group, id); }

long identity_setresuid(unsigned real, unsigned effective, unsigned saved)
{
    return set_three(&process_user, real, effective, saved);
}

long identity_setresgid(unsigned real, unsigned effective, unsigned saved)
{
    return set_three(&process_group, real, effective, saved);
}

long identity_getresuid(unsigned *real, unsigned *effective, unsigned *saved)
{
    return get_three(&process_user, real, effective, saved);
}

long identity_getresgid(unsigned *real, unsigned *effective, unsigned *saved)
{
    return get_three(&process_group, real, effective, saved);
}

long identity_getgroups(int count, unsigned *to)
{
    if (count < 0 || (count && (unsigned)count < group_count))
        return -EINVAL;
    if (count && copy_to_program(to, groups, group_count * sizeof(*to)))
        return -EFAULT;
    return group_count;
}

long identity_setgroups(size_t count, const unsigned *from)
{
    if (!process_is_root())
        return -EPERM;
    if (count > MOST_GROUPS)
        return -EINVAL;
    if (count > KEPT_GROUPS)
        return -ENOMEM;
    if (copy_from_program(groups, from, count * sizeof(*from)))
        return -EFAULT;
    group_count = count;
    return 0;
}

/* The process leads its own group and session; there are no others. */
static bool is_process(int pid)
{
    return pid == 0 || pid == 1;
}

long identity_getpgid(int pid) { return is_process(pid) ? 1 : -ESRCH; }
long identity_setsid(void) { return -EPERM; }

long identity_setpgid(int pid, int group_id)
{
    if (group_id < 0)
        return -EINVAL;
    return is_process(pid) ? -EPERM : -ESRCH;
}
