/* Signals that a process sends to itself: blocked, pending, taken, ignored and handled. */
#define _GNU_SOURCE
#include "sequence.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The last two queue. */
static const int numbers[] = {SIGUSR1, SIGUSR2, SIGCHLD, 40, 41};
/* Those whose default action does not end the process are left to it now and then. */
static int handled[COUNT(numbers)];
static char taken[200];
static int taken_size;

static void note(int number, int code, int value)
{
    if (taken_size + 40 > (int)sizeof taken)
        return;
    taken[taken_size++] = ' ';
    taken[taken_size++] = 'a' + number - (number > 39 ? 20 : 0);
    taken[taken_size++] = code == SI_QUEUE ? 'q' : code == SI_USER ? 'u' : code == SI_TKILL ? 't' : '?';
    taken[taken_size++] = code == SI_QUEUE ? '0' + value % 10 : '-';
}

static void handler(int number, siginfo_t *info, void *context)
{
    (void)context;
    note(number, info->si_code, info->si_value.sival_int);
}

static void taken_seen(void)
{
    seen("%.*s", taken_size, taken);
    taken_size = 0;
}

static void handle(int index, int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_RESTART | flags;
    /* One of the others waits while this one is handled. */
    sigaddset(&action.sa_mask, numbers[(index + 1) % COUNT(numbers)]);
    sigaction(numbers[index], &action, NULL);
    handled[index] = 1;
}

static void begin_signals(void)
{
    for (unsigned i = 0; i < COUNT(numbers); i++)
        handle(i, 0);
    taken_size = 0;
    sigset_t all;
    sigemptyset(&all);
    for (unsigned i = 0; i < COUNT(numbers); i++)
        sigaddset(&all, numbers[i]);
    slot_fill(7, signalfd(-1, &all, SFD_NONBLOCK));
}

static sigset_t pick_set(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (unsigned i = 0; i < COUNT(numbers); i++)
        if (pick(2)) {
            sigaddset(&set, numbers[i]);
            seen(" %d", numbers[i]);
        }
    return set;
}

static void set_seen(const sigset_t *set)
{
    for (unsigned i = 0; i < COUNT(numbers); i++)
        if (sigismember(set, numbers[i]))
            seen(" +%d", numbers[i]);
}

static void do_mask(void)
{
    static const struct { int number; const char *name; } hows[] = {
        {SIG_BLOCK, "BLOCK"}, {SIG_BLOCK, "BLOCK"}, {SIG_UNBLOCK, "UNBLOCK"}, {SIG_SETMASK, "SET"},
    };
    unsigned how = pick(COUNT(hows));
    sigset_t old;
    calls("sigprocmask(%s", hows[how].name);
    sigset_t set = pick_set();
    seen(")");
    sigemptyset(&old);
    gave(sigprocmask(hows[how].number, &set, &old));
    set_seen(&old);
    taken_seen();
}

static void do_action(void)
{
    static const int flags[] = {0, SA_NODEFER, SA_RESETHAND | SA_NODEFER};
    unsigned index = pick(COUNT(numbers));
    unsigned choice = pick(4);
    /* A default that would end the process is not set, but for what is reset while blocked. */
    if (choice == 0) {
        calls("sigaction(%d, IGN)", numbers[index]);
        gave(signal(numbers[index], SIG_IGN) == SIG_ERR ? -1 : 0);
        handled[index] = 0;
    } else {
        int flag = flags[choice - 1] & SA_RESETHAND && numbers[index] != SIGCHLD
                       ? 0 : flags[choice - 1];
        calls("sigaction(%d, handler, %#x)", numbers[index], flag);
        handle(index, flag);
    }
    taken_seen();
}

static void do_kill(void)
{
    unsigned index = pick(COUNT(numbers)), value = pick(10);
    union sigval with = {.sival_int = value};
    switch (pick(4)) {
    case 0:
        calls("kill(%d)", numbers[index]);
        gave(kill(getpid(), numbers[index]));
        break;
    case 1:
        calls("tgkill(%d)", numbers[index]);
        gave(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), numbers[index]));
        break;
    default:
        calls("sigqueue(%d, %u)", numbers[index], value);
        gave(sigqueue(getpid(), numbers[index], with));
    }
    taken_seen();
}

static void do_kill_oddly(void)
{
    static const int odd[] = {0, 65, -1, 1000};
    int number = PICK(odd), alien = pick(3) == 0;
    calls("kill(%s, %d)", alien ? "nobody" : "itself", number);
    gave(kill(alien ? 123456 : getpid(), number));
}

static void do_pending(void)
{
    sigset_t set;
    calls("sigpending()");
    sigemptyset(&set);
    gave(sigpending(&set));
    set_seen(&set);
}

/* Not by the library: glibc hides that a signal was sent by tgkill. */
static void do_timedwait(void)
{
    /* Nothing, in whatever width the call takes its time. */
    static const uint64_t now[2];
    siginfo_t info;
    calls("sigtimedwait(");
    sigset_t set = pick_set();
    seen(")");
    memset(&info, 0, sizeof info);
    if (gave(syscall(SYS_rt_sigtimedwait, &set, &info, now, 8)) > 0)
        note(info.si_signo, info.si_code, info.si_value.sival_int);
    taken_seen();
}

static void do_signalfd(void)
{
    int slot = pick_slot(), anew = pick(3) != 0;
    if (anew)
        slot_empty(slot);
    calls("f%d = signalfd(%s", slot, anew ? "-1" : "itself");
    sigset_t set = pick_set();
    seen(")");
    int fd = gave(signalfd(slots[slot], &set, SFD_NONBLOCK));
    if (anew)
        slot_fill(slot, fd);
}

/* Only of descriptors that can be read as this: others have read() itself. */
static void do_signalfd_read(void)
{
    struct signalfd_siginfo info[2];
    int slot = pick_slot();
    calls("read(f%d, %zu)", slot, sizeof info);
    memset(info, 0, sizeof info);
    long long size = gave(read(slots[slot], info, sizeof info));
    for (unsigned i = 0; i < 2 && size == (long long)((i + 1) * sizeof *info); i++)
        seen(" %u %d %d", info[i].ssi_signo, info[i].ssi_code, info[i].ssi_int % 10);
}

static void do_suspend(void)
{
    sigset_t pending, set;
    sigpending(&pending);
    calls("sigsuspend()");
    /* Waits for ever unless something that is handled is pending. */
    sigfillset(&set);
    int any = 0;
    for (unsigned i = 0; i < COUNT(numbers); i++)
        if (sigismember(&pending, numbers[i]) && handled[i]) {
            sigdelset(&set, numbers[i]);
            any = 1;
        }
    if (any)
        gave(sigsuspend(&set));
    taken_seen();
}

static const struct operation signal_group_list[] = {
    OPERATION(10, mask), OPERATION(4, action), OPERATION(12, kill), OPERATION(1, kill_oddly),
    OPERATION(5, pending), OPERATION(7, timedwait), OPERATION(3, signalfd),
    OPERATION(4, signalfd_read), OPERATION(2, suspend),
};
GROUP(signal_group, begin_signals, NULL);
