/*
 * Shows what of signals is kept until it is received: real-time signals queue,
 * each with its value, standard ones do not; in which order they are received,
 * by which thread, and what sigwaitinfo, handlers and signalfd are told.
 */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MANY 50

static int values[MANY], count;
static pthread_t receiver;

static void note(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)context;
    if (count < MANY)
        values[count] = information->si_value.sival_int;
    __atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST);
    receiver = pthread_self();
}

static void handle(int signal)
{
    struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };

    sigfillset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

static int queue(int signal, int value)
{
    return sigqueue(getpid(), signal, (union sigval){ .sival_int = value });
}

static int queue_own(int signal, int value)
{
    siginfo_t information = { .si_signo = signal, .si_code = SI_QUEUE };

    information.si_pid = getpid();
    information.si_value.sival_int = value;
    return syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), signal, &information);
}

static void check_order(void)
{
    struct timespec none = { 0, 0 };
    siginfo_t information;
    sigset_t all, set;
    int good = 1;

    sigfillset(&all);
    CHECK(!pthread_sigmask(SIG_BLOCK, &all, NULL));
    for (int i = 0; i < MANY; i++)
        good &= !queue(SIGRTMIN + 1, i);
    CHECK(good);
    CHECK(!queue(SIGUSR1, 1) && !queue(SIGUSR1, 2) && !queue(SIGRTMIN, 77));
    CHECK(!queue_own(SIGRTMIN + 2, 99));
    CHECK(!sigpending(&set) && sigismember(&set, SIGUSR1) && sigismember(&set, SIGRTMIN + 1)
          && sigismember(&set, SIGRTMIN + 2) && !sigismember(&set, SIGUSR2));

    /* The thread's own go first, then the process's, the lowest number first. */
    CHECK(sigtimedwait(&all, &information, &none) == SIGRTMIN + 2 && information.si_value.sival_int == 99);
    CHECK(sigtimedwait(&all, &information, &none) == SIGUSR1 && information.si_value.sival_int == 1);
    CHECK(information.si_code == SI_QUEUE && information.si_pid == getpid() && information.si_uid == getuid());
    CHECK(sigtimedwait(&all, &information, &none) == SIGRTMIN && information.si_value.sival_int == 77);
    for (int i = 0; i < MANY; i++)
        good &= sigwaitinfo(&all, &information) == SIGRTMIN + 1 && information.si_value.sival_int == i;
    CHECK(good);
    CHECK(sigtimedwait(&all, &information, &none) == -1 && errno == EAGAIN);
    none.tv_nsec = 1000000000;
    CHECK(sigtimedwait(&all, &information, &none) == -1 && errno == EINVAL);

    CHECK(!kill(getpid(), SIGUSR2) && sigwaitinfo(&all, &information) == SIGUSR2);
    CHECK(information.si_code == SI_USER && information.si_pid == getpid());
    /* glibc shows SI_USER instead. */
    CHECK(!raise(SIGUSR2) && sigwaitinfo(&all, &information) == SIGUSR2
          && (information.si_code == SI_TKILL || information.si_code == SI_USER));
}

/* All signals are still blocked. */
static void check_handlers(void)
{
    sigset_t set;
    int good = 1;

    handle(SIGRTMIN + 1);
    handle(SIGUSR1);
    for (int i = 0; i < MANY; i++)
        queue(SIGRTMIN + 1, i);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    CHECK(!count && !pthread_sigmask(SIG_UNBLOCK, &set, NULL) && count == MANY);
    for (int i = 0; i < MANY; i++)
        good &= values[i] == i;
    CHECK(good);

    /* What is pending is forgotten when it comes to be ignored. */
    queue(SIGUSR1, 5);
    signal(SIGUSR1, SIG_IGN);
    CHECK(!sigpending(&set) && !sigismember(&set, SIGUSR1));
    handle(SIGUSR1);
}

static void check_limit(void)
{
    struct rlimit before, low;
    struct timespec none = { 0, 0 };
    sigset_t all;
    int sent = 0;

    sigfillset(&all);
    CHECK(!getrlimit(RLIMIT_SIGPENDING, &before) && before.rlim_cur > 10);
    low = (struct rlimit){ 10, before.rlim_max };
    CHECK(!setrlimit(RLIMIT_SIGPENDING, &low));
    while (sent < 100 && !queue(SIGRTMIN + 3, sent))
        sent++;
    CHECK(sent <= 10 && sent > 0 && errno == EAGAIN);
    CHECK(!kill(getpid(), SIGUSR1));
    CHECK(!setrlimit(RLIMIT_SIGPENDING, &before));
    CHECK(sigtimedwait(&all, NULL, &none) == SIGUSR1);
    while (sigtimedwait(&all, NULL, &none) > 0)
        sent--;
    CHECK(!sent);
}

static void check_file(void)
{
    struct signalfd_siginfo records[4];
    sigset_t set;
    int fd, pointed;

    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 4);
    sigaddset(&set, SIGUSR2);
    fd = signalfd(-1, &set, SFD_NONBLOCK);
    CHECK(fd >= 0 && read(fd, records, sizeof(records)) == -1 && errno == EAGAIN);
    queue(SIGRTMIN + 4, -7);
    sigqueue(getpid(), SIGRTMIN + 4, (union sigval){ .sival_ptr = &pointed });
    kill(getpid(), SIGUSR2);
    CHECK(read(fd, records, sizeof(records)) == 3 * sizeof(*records));
    CHECK(records[0].ssi_signo == SIGUSR2 && records[0].ssi_code == SI_USER);
    CHECK(records[0].ssi_pid == (unsigned)getpid() && records[0].ssi_uid == getuid());
    CHECK(records[1].ssi_signo == (unsigned)SIGRTMIN + 4 && records[1].ssi_code == SI_QUEUE);
    CHECK(records[1].ssi_int == -7 && records[1].ssi_pid == (unsigned)getpid());
    CHECK(records[2].ssi_ptr == (unsigned long)&pointed);
    CHECK(read(fd, records, 10) == -1 && errno == EINVAL);
    close(fd);
}

static volatile int stop;
static sem_t started;

static void *busy(void *argument)
{
    sem_post(&started);
    while (!stop)
        if (argument)
            usleep(1000);
    return NULL;
}

static void *willing(void *argument)
{
    sigset_t set;
    struct timespec pause = { 5, 0 };

    (void)argument;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    sem_post(&started);
    return (void *)(long)(nanosleep(&pause, NULL) == -1 && errno == EINTR);
}

static void *waiter(void *argument)
{
    sigset_t set;
    int signal;

    (void)argument;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 5);
    sem_post(&started);
    return sigwait(&set, &signal) ? NULL : (void *)(long)signal;
}

/* The one thread that wants the process's signal gets it, whoever else runs. */
static void check_threads(void)
{
    pthread_t threads[5];
    void *result;

    sem_init(&started, 0, 0);
    pthread_create(&threads[0], NULL, busy, NULL);
    pthread_create(&threads[1], NULL, busy, &started);
    pthread_create(&threads[2], NULL, willing, NULL);
    pthread_create(&threads[3], NULL, waiter, NULL);
    pthread_create(&threads[4], NULL, waiter, NULL);
    for (int i = 0; i < 5; i++)
        sem_wait(&started);
    usleep(50000);
    count = 0;
    CHECK(!kill(getpid(), SIGUSR1));
    CHECK(!pthread_join(threads[2], &result) && result && count == 1);
    CHECK(pthread_equal(receiver, threads[2]));
    CHECK(!queue(SIGRTMIN + 5, 0) && !queue(SIGRTMIN + 5, 0));
    CHECK(!pthread_join(threads[3], &result) && (long)result == SIGRTMIN + 5);
    CHECK(!pthread_join(threads[4], &result) && (long)result == SIGRTMIN + 5);
    stop = 1;
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

/* One that is promised to a thread which then blocks it, or ends, is not lost. */
static void *blocks(void *argument)
{
    sigset_t set;

    (void)argument;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    for (int i = 0; i < 2000; i++) {
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
    }
    return NULL;
}

static void check_promises(void)
{
    pthread_t threads[3];
    struct timespec none = { 0, 0 };
    sigset_t set;
    int sent = 300, received = 0;

    count = 0;
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, blocks, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    for (int i = 0; i < sent; i++) {
        int before = count;

        kill(getpid(), SIGUSR1);
        for (int tries = 0; count == before && tries < 1000; tries++) {
            if (sigtimedwait(&set, NULL, &none) == SIGUSR1) {
                received++;
                break;
            }
            sched_yield();
        }
    }
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    while (sigtimedwait(&set, NULL, &none) == SIGUSR1)
        received++;
    CHECK(received + count == sent);
}

int main(void)
{
    check_order();
    check_handlers();
    check_limit();
    check_file();
    check_threads();
    check_promises();
    CHECK(kill(getpid(), 0) == 0 && kill(999999, 0) == -1 && errno == ESRCH);
    CHECK(kill(getpid(), 65) == -1 && errno == EINVAL);
    return failures;
}
