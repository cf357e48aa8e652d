/*
 * Sockets: how they begin and end, and what they are as files.
 */
#include <files/socket.h>
#include <memory/pages.h>
#include <memory/program.h>

static struct pool pool = { .object_size = sizeof(struct socket) };

int socket_make(int type, struct socket **made)
{
    struct socket *socket = pool_take(&pool);

    if (!socket)
        return -ENOMEM;
    *socket = (struct socket){
        .type = type, .references = 1, .send_room = SOCKET_ROOM, .receive_room = SOCKET_ROOM,
    };
    *made = socket;
    return 0;
}

void socket_hold(struct socket *socket)
{
    socket->references++;
}

void socket_release(struct socket *socket)
{
    if (!--socket->references)
        pool_give(&pool, socket);
}

void socket_join(struct socket *socket, struct socket *peer)
{
    socket_hold(peer);
    socket->peer = peer;
    socket->next_sender = peer->senders;
    peer->senders = socket;
}

void socket_part(struct socket *socket)
{
    struct socket *peer = socket->peer, **link;

    if (!peer)
        return;
    for (link = &peer->senders; *link != socket; link = &(*link)->next_sender)
        continue;
    *link = socket->next_sender;
    socket->peer = NULL;
    socket_release(peer);
}

static void end_waiting(struct socket *socket)
{
    while (socket->first_waiting) {
        struct socket *waiting = socket->first_waiting;

        socket->first_waiting = waiting->next_waiting;
        socket_end(waiting, true);
    }
}

void socket_end(struct socket *socket, bool reset)
{
    struct socket *peer = socket->peer;

    socket->closed = true;
    socket->shut = BOTH_SHUT;
    socket_unbind(socket);
    end_waiting(socket);
    if (peer && socket->type != SOCK_DGRAM) {
        peer->shut = BOTH_SHUT;
        if (reset || socket->first)
            peer->error = ECONNRESET;
    }
    for (struct socket *sender = socket->senders; sender; sender = sender->next_sender)
        wake_all(&sender->queue, 0);
    socket_part(socket);
    while (socket->first) {
        struct message *message = socket->first;

        socket->first = message->next;
        message_end(message);
    }
    wake_all(&socket->room, 0);
    socket_release(socket);
}

/* A datagram from a stranger has to find few others before it, and all of them room. */
bool socket_is_full(const struct socket *socket, const struct socket *sender, size_t size)
{
    if (socket->type != SOCK_STREAM && socket->first && socket->bytes + size > sender->send_room)
        return true;
    return socket->bytes >= sender->send_room || (socket->peer != sender && socket->messages > MOST_MESSAGES);
}

static void close(struct file *file)
{
    socket_end(file->node.object, false);
}

/* There is room only for who would find a good part of it: a poll does not return for
 * every byte that was read. */
static bool can_send(const struct socket *socket)
{
    const struct socket *peer = socket->peer;

    return !peer || peer->closed || (peer->bytes * 4 <= SOCKET_ROOM && !socket_is_full(peer, socket, 0));
}

static unsigned ready(struct file *file)
{
    const struct socket *socket = file->node.object;
    unsigned told = socket->error ? POLLERR : 0;

    if (socket->shut == BOTH_SHUT)
        told |= POLLHUP;
    if (socket->shut & RECEIVE_SHUT)
        told |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (socket->first || socket->first_waiting)
        told |= POLLIN | POLLRDNORM;
    if (socket->type != SOCK_DGRAM && !socket->peer && !socket->listens && !socket->shut)
        told |= POLLHUP;
    if (!socket->listens && can_send(socket))
        told |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return told;
}

static struct wait_queue *queue(struct file *file)
{
    struct socket *socket = file->node.object;

    return &socket->queue;
}

static long read(struct file *file, void *to, size_t size, uint64_t *position)
{
    struct iovec part = { to, size };
    struct received received = { 0 };
    long result;

    (void)position;
    if (!size && socket_of(file)->type == SOCK_STREAM)
        return 0;
    result = socket_receive(file, &part, 1, &received, 0);
    passed_end(received.passed);
    return result;
}

static long write(struct file *file, const void *from, size_t size, uint64_t *position)
{
    struct iovec part = { (char *)from, size };
    struct sending sending = { 0 };

    (void)position;
    return socket_send(file, &part, 1, &sending, 0);
}

static long control(struct file *file, unsigned long request, void *argument)
{
    const struct socket *socket = file->node.object;
    int length = 0;

    if (request != FIONREAD)
        return -ENOTTY;
    if (socket->listens)
        return -EINVAL;
    for (const struct message *at = socket->first; at; at = socket->type == SOCK_STREAM ? at->next : NULL)
        length += at->length;
    return copy_to_program(argument, &length, sizeof(length));
}

static const struct file_kind socket_file = {
    .mode = S_IFSOCK, .read = read, .write = write, .waits = true, .ioctl = control, .ready = ready, .queue = queue,
    .close = close,
};

int socket_file_open(struct socket *socket, unsigned flags)
{
    struct node node = { .kind = &socket_file, .object = socket, .permissions = 0777 };

    return descriptor_open(&node, (flags & (O_NONBLOCK | O_CLOEXEC)) | O_RDWR);
}

struct socket *socket_of(const struct file *file)
{
    return file->node.kind == &socket_file ? file->node.object : NULL;
}
