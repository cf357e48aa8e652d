/*
 * Sending to sockets, and waiting for them.
 */
#include <files/socket.h>
#include <memory/program.h>
#include <signals/signals.h>
#include <time/clock.h>

uint64_t socket_deadline(const struct file *file, uint64_t time, unsigned flags)
{
    if (file->flags & O_NONBLOCK || flags & MSG_DONTWAIT)
        return 0;
    return time ? clock_monotonic() + time : NEVER;
}

long socket_wait(struct wait_queue *queue, unsigned events, uint64_t deadline)
{
    switch (wait_on(queue, events | READY_ANYWAY, deadline)) {
    case WAKE_EVENT: return 0;
    case WAKE_TIMEOUT: return -EAGAIN;
    default: return deadline == NEVER ? -ERESTART : -EINTR;
    }
}

static long broken(unsigned flags)
{
    if (!(flags & MSG_NOSIGNAL))
        signal_send(current, SIGPIPE);
    return -EPIPE;
}

static void deliver(struct socket *to, struct message *message)
{
    message->next = NULL;
    if (to->first)
        to->last->next = message;
    else
        to->first = message;
    to->last = message;
    to->messages++;
    to->bytes += message->length;
    wake_all(&to->queue, POLLIN | POLLRDNORM);
}

/* What comes without files is added to what is there. */
static bool add_to_stream(struct socket *to, const struct iovec *parts, size_t count, size_t at, size_t size,
                          struct sending *sending)
{
    struct message *last = to->first ? to->last : NULL;
    size_t before;

    if (last && !last->passed && !sending->passed) {
        before = last->length;
        if (!message_add(last, parts, count, at, size) && last->length == before)
            return false;
        to->bytes += last->length - before;
        wake_all(&to->queue, POLLIN | POLLRDNORM);
        return last->length - before == size;
    }
    last = message_make();
    if (!last)
        return false;
    if (!message_add(last, parts, count, at, size)) {
        message_end(last);
        return false;
    }
    last->passed = sending->passed;
    sending->passed = NULL;
    deliver(to, last);
    return true;
}

static long send_stream(struct file *file, const struct iovec *parts, size_t count, struct sending *sending,
                        unsigned flags)
{
    struct socket *socket = file->node.object, *peer = socket->peer;
    uint64_t deadline = socket_deadline(file, socket->send_time, flags);
    size_t size = parts_size(parts, count), done = 0;
    long error;

    if (sending->to)
        return peer ? -EISCONN : -EOPNOTSUPP;
    if (!peer)
        return socket->shut & SEND_SHUT ? broken(flags) : -ENOTCONN;
    do {
        size_t now;

        if (socket->shut & SEND_SHUT || peer->closed)
            return done ? (long)done : broken(flags);
        if (!size)
            return 0;
        if (!socket_is_full(peer, socket, 0)) {
            now = smaller(size - done, socket->send_room - peer->bytes);
            if (!parts_are_good(parts, count, done, now, MAY_READ))
                return done ? (long)done : -EFAULT;
            if (!add_to_stream(peer, parts, count, done, now, sending))
                return done ? (long)done : -ENOMEM;
            done += now;
            error = 0;
        } else {
            error = deadline ? socket_wait(&socket->queue, POLLOUT, deadline) : -EAGAIN;
        }
    } while (!error && done < size);
    return done ? (long)done : error;
}

/* One message to one receiver, when there is room for it. No signal tells of a socket
 * that nobody reads; only streams have that. */
static long send_whole(struct file *file, struct socket *to, const struct iovec *parts, size_t count,
                       struct sending *sending, unsigned flags)
{
    struct socket *socket = file->node.object;
    uint64_t deadline = socket_deadline(file, socket->send_time, flags);
    size_t size = parts_size(parts, count);
    struct message *message;

    if (size > socket->send_room - 32)
        return -EMSGSIZE;
    for (;;) {
        long error;

        if (socket->error) {
            error = -socket->error;
            socket->error = 0;
            return error;
        }
        if (socket->shut & SEND_SHUT || (to->shut & RECEIVE_SHUT && !to->closed))
            return -EPIPE;
        if (to->closed) {
            if (socket->type != SOCK_DGRAM)
                return -EPIPE;
            if (to == socket->peer)
                socket_part(socket);
            return -ECONNREFUSED;
        }
        if (!socket_is_full(to, socket, size))
            break;
        error = deadline ? socket_wait(&to->room, 0, deadline) : -EAGAIN;
        if (error)
            return error;
    }
    if (!parts_are_good(parts, count, 0, size, MAY_READ))
        return -EFAULT;
    message = message_make();
    if (!message || !message_add(message, parts, count, 0, size)) {
        if (message)
            message_end(message);
        return -ENOMEM;
    }
    message->passed = sending->passed;
    sending->passed = NULL;
    message->from = socket;
    socket_hold(socket);
    deliver(to, message);
    return size;
}

static long send_message(struct file *file, const struct iovec *parts, size_t count, struct sending *sending,
                         unsigned flags)
{
    struct socket *socket = file->node.object, *to = socket->peer;
    long result = 0;

    if (sending->to && socket->type != SOCK_DGRAM)
        return to ? -EISCONN : -EOPNOTSUPP;
    if (sending->to)
        result = socket_find(sending->to, sending->to_length, socket->type, &to);
    else if (to)
        socket_hold(to);
    else
        result = -ENOTCONN;
    if (result)
        return result;
    if (to->peer && to->peer != socket && socket->type == SOCK_DGRAM)
        result = -EPERM;
    else
        result = send_whole(file, to, parts, count, sending, flags);
    socket_release(to);
    return result;
}

long socket_send(struct file *file, const struct iovec *parts, size_t count, struct sending *sending, unsigned flags)
{
    const struct socket *socket = file->node.object;

    if (flags & MSG_OOB)
        return -EOPNOTSUPP;
    return socket->type == SOCK_STREAM ? send_stream(file, parts, count, sending, flags)
                                       : send_message(file, parts, count, sending, flags);
}
