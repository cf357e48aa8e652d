/*
 * Who is connected to whom.
 */
#include <files/socket.h>

#define MOST_BACKLOG 4096

static void append_waiting(struct socket *listener, struct socket *socket)
{
    socket->next_waiting = NULL;
    if (listener->first_waiting)
        listener->last_waiting->next_waiting = socket;
    else
        listener->first_waiting = socket;
    listener->last_waiting = socket;
    listener->waiting++;
    wake_all(&listener->queue, POLLIN | POLLRDNORM);
}

/* What the listener will accept, and is the peer from now on. It has the name by
 * which it was found. */
static int link(struct socket *socket, struct socket *listener)
{
    struct socket *other;
    int error = socket_make(socket->type, &other);

    if (error)
        return error;
    other->address = listener->address;
    other->address_length = listener->address_length;
    socket_join(socket, other);
    socket_join(other, socket);
    append_waiting(listener, other);
    wake_all(&socket->queue, POLLOUT | POLLWRNORM);
    return 0;
}

static int connect_stream(struct file *file, struct socket *socket, const struct socket_address *address,
                          unsigned length)
{
    uint64_t deadline = socket_deadline(file, socket->send_time, 0);

    for (;;) {
        struct socket *listener;
        long error = socket_find(address, length, socket->type, &listener);

        if (error)
            return error;
        if (!listener->listens || listener->shut & RECEIVE_SHUT)
            error = -ECONNREFUSED;
        else if (listener->waiting > listener->backlog)
            error = deadline ? socket_wait(&listener->room, 0, deadline) ?: 1 /* once more */ : -EAGAIN;
        else if (socket->peer || socket->listens)
            error = socket->peer ? -EISCONN : -EINVAL;
        else
            error = link(socket, listener);
        socket_release(listener);
        if (error <= 0)
            return error;
    }
}

static int connect_datagrams(struct socket *socket, const struct socket_address *address, unsigned length)
{
    struct socket *peer;
    int error;

    if (length >= sizeof(address->family) && address->family == AF_UNSPEC) {
        socket_part(socket);
        return 0;
    }
    error = socket_find(address, length, socket->type, &peer);
    if (error)
        return error;
    if (peer->peer && peer->peer != socket) {
        error = -EPERM;
    } else {
        socket_part(socket);
        socket_join(socket, peer);
        wake_all(&socket->queue, 0);
    }
    socket_release(peer);
    return error;
}

int socket_connect(struct file *file, struct socket *socket, const struct socket_address *address, unsigned length)
{
    if (socket->type == SOCK_DGRAM)
        return connect_datagrams(socket, address, length);
    return connect_stream(file, socket, address, length);
}

int socket_listen(struct socket *socket, int backlog)
{
    if (socket->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    if (!socket->address_length || socket->peer)
        return -EINVAL;
    socket->listens = true;
    socket->backlog = (unsigned)backlog < MOST_BACKLOG ? backlog : MOST_BACKLOG;
    wake_all(&socket->room, 0);
    return 0;
}

int socket_accept(struct file *file, struct socket *socket, struct socket **accepted)
{
    uint64_t deadline = socket_deadline(file, socket->receive_time, 0);

    if (socket->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    if (!socket->listens)
        return -EINVAL;
    while (!socket->first_waiting) {
        long error;

        if (socket->shut & RECEIVE_SHUT)
            return -EINVAL;
        error = deadline ? socket_wait(&socket->queue, POLLIN, deadline) : -EAGAIN;
        if (error)
            return error;
    }
    *accepted = socket->first_waiting;
    socket->first_waiting = (*accepted)->next_waiting;
    socket->waiting--;
    wake_some(&socket->room, 0, 1);
    return 0;
}

int socket_shut(struct socket *socket, int how)
{
    struct socket *peer = socket->peer;
    unsigned own = how + 1; /* SHUT_RD and so on, as our bits */

    if (how < SHUT_RD || how > SHUT_RDWR)
        return -EINVAL;
    socket->shut |= own;
    wake_all(&socket->queue, 0);
    if (peer && socket->type != SOCK_DGRAM) {
        peer->shut |= (own & RECEIVE_SHUT ? SEND_SHUT : 0) | (own & SEND_SHUT ? RECEIVE_SHUT : 0);
        wake_all(&peer->queue, 0);
    }
    return 0;
}
