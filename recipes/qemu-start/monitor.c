/*
 * The toolstack reaches QEMU's monitor through a vchan: two rings in a page that this
 * domain shares with dom0. Its end there, a proxy, connects for each conversation anew,
 * and each gets a connection of its own to the monitor.
 *
 * libxenvchan looks at the other end's indices before it uses them. A client that does
 * not read has QEMU keep its answers, and nothing else.
 */
#include "start.h"

#include <errno.h>
#include <libxenvchan.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DOM0 0
#define BUFFER 4096
#define RETRY 50 /* milliseconds, while QEMU does not listen yet */

/*
 * The client's own mark that it is there: it sets 1 when it comes, and 0 when it leaves.
 * We make it SEEN, so that one that left and came back before we looked is a new one.
 */
#define CAME 1
#define SEEN 3

struct way {
    char bytes[BUFFER];
    size_t length;
};

static struct libxenvchan *vchan;
static int monitor = -1;            /* the connection to QEMU */
static bool served;                 /* there is a client */
static struct way to_qemu, to_client;

static void drop(struct way *way, size_t length)
{
    way->length -= length;
    memmove(way->bytes, way->bytes + length, way->length);
}

static void disconnect(void)
{
    if (monitor >= 0)
        close(monitor);
    monitor = -1;
}

/* What nobody has read is not for the next client: all that came is taken, and all that
 * was sent is taken back. */
static void forget(void)
{
    volatile struct ring_shared *sent = vchan->write.shr;

    while (libxenvchan_data_ready(vchan) > 0
           && libxenvchan_read(vchan, to_qemu.bytes, sizeof(to_qemu.bytes)) > 0)
        ;
    sent->prod = sent->cons;
    to_qemu.length = to_client.length = 0;
}

static void leave(void)
{
    disconnect();
    forget();
    served = false;
}

static void look_for_client(void)
{
    volatile uint8_t *mark = &vchan->ring->cli_live;
    uint8_t now = *mark;

    if (served && now != SEEN)
        leave();
    if (!served && now == CAME)
        served = __sync_bool_compare_and_swap(mark, CAME, SEEN);
}

static void connect_monitor(void)
{
    const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = MONITOR_SOCKET };

    monitor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (monitor >= 0 && connect(monitor, (const struct sockaddr *)&address, sizeof(address)))
        disconnect();
}

static void from_client(void)
{
    int length;

    if (to_qemu.length == BUFFER || !libxenvchan_data_ready(vchan))
        return;
    length = libxenvchan_read(vchan, to_qemu.bytes + to_qemu.length, BUFFER - to_qemu.length);
    if (length > 0)
        to_qemu.length += length;
}

static void from_qemu(void)
{
    ssize_t length;

    if (monitor < 0 || to_client.length == BUFFER)
        return;
    length = recv(monitor, to_client.bytes + to_client.length, BUFFER - to_client.length, MSG_DONTWAIT);
    if (length > 0)
        to_client.length += length;
    else if (!length || (errno != EAGAIN && errno != EINTR))
        disconnect();
}

static void pass_to_qemu(void)
{
    ssize_t length;

    if (monitor < 0 || !to_qemu.length)
        return;
    length = send(monitor, to_qemu.bytes, to_qemu.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (length > 0)
        drop(&to_qemu, length);
    else if (length < 0 && errno != EAGAIN && errno != EINTR)
        disconnect();
}

static void pass_to_client(void)
{
    int length;

    if (!to_client.length)
        return;
    length = libxenvchan_write(vchan, to_client.bytes, to_client.length);
    if (length > 0)
        drop(&to_client, length);
}

static void carry(void)
{
    if (monitor < 0)
        connect_monitor();
    from_client();
    pass_to_qemu();
    from_qemu();
    pass_to_client();
}

static void wait_for_news(void)
{
    struct pollfd files[] = {
        { .fd = libxenvchan_fd_for_select(vchan), .events = POLLIN },
        { .fd = monitor, .events = (to_client.length < BUFFER ? POLLIN : 0) | (to_qemu.length ? POLLOUT : 0) },
    };

    if (poll(files, 2, served && monitor < 0 ? RETRY : -1) > 0 && files[0].revents)
        libxenvchan_wait(vchan);
}

static void *serve(void *unused)
{
    for (;;) {
        look_for_client();
        if (served)
            carry();
        wait_for_news();
    }
    return unused;
}

void serve_monitor(const struct role *role)
{
    char path[sizeof("/local/domain/65535/device-model/65535/qmp-vchan")];
    pthread_t thread;
    sigset_t all, before;

    snprintf(path, sizeof(path), "/local/domain/%u/device-model/%u/qmp-vchan", role->self, role->guest);
    vchan = libxenvchan_server_init(NULL, DOM0, path, 0, 0);
    if (!vchan)
        fail("there is no vchan for QEMU's monitor: %s", strerror(errno));
    vchan->blocking = 0;
    /* Signals are for QEMU. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, serve, NULL))
        fail("there is no thread for QEMU's monitor");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
