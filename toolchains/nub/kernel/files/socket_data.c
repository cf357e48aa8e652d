/*
 * Sending and receiving.
 */
#include <files/socket.h>
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

static size_t size_of(const struct iovec *parts, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    return size;
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
    size_t size = size_of(parts, count), done = 0;
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
            now = smaller(size - done, SOCKET_ROOM - peer->bytes);
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

/* One message to one receiver, when there is room for it. */
static long send_whole(struct file *file, struct socket *to, const struct iovec *parts, size_t count,
                       struct sending *sending, unsigned flags)
{
    struct socket *socket = file->node.object;
    uint64_t deadline = socket_deadline(file, socket->send_time, flags);
    size_t size = size_of(parts, count);
    struct message *message;

    if (size > SOCKET_ROOM - 32)
        return -EMSGSIZE;
    for (;;) {
        long error;

        if (socket->shut & SEND_SHUT || (to->shut & RECEIVE_SHUT && !to->closed))
            return broken(flags);
        if (to->closed) {
            if (socket->type != SOCK_DGRAM)
                return broken(flags);
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

/* There is more room than before. */
static void make_room(struct socket *socket, size_t size)
{
    socket->bytes -= size;
    for (struct socket *sender = socket->senders; sender; sender = sender->next_sender)
        wake_all(&sender->queue, POLLOUT | POLLWRNORM | POLLWRBAND);
    wake_all(&socket->room, 0);
}

static void take_first(struct socket *socket)
{
    struct message *message = socket->first;
    size_t left = message->length;

    socket->first = message->next;
    socket->messages--;
    make_room(socket, left);
    message_end(message);
}

/* From what is there, no further than what came with files. */
static size_t take_stream(struct socket *socket, const struct iovec *parts, size_t count, size_t done, size_t size,
                          struct received *received, bool peek)
{
    struct message *message = socket->first;

    while (message && done < size && !received->passed) {
        size_t length = smaller(size - done, message->length);

        message_copy(message, 0, parts, count, done, length);
        done += length;
        received->passed = peek ? passed_copy(message->passed) : message->passed;
        if (peek) {
            message = message->next;
            continue;
        }
        message->passed = NULL;
        message_drop(message, length);
        make_room(socket, length);
        if (!message->length)
            take_first(socket);
        message = socket->first;
    }
    return done;
}

/* Nothing is there: waits for it, or tells why there will be nothing; 1 at the end. */
static long await(struct socket *socket, uint64_t deadline)
{
    int error = socket->error;

    if (error) {
        socket->error = 0;
        return -error;
    }
    if (socket->shut & RECEIVE_SHUT)
        return 1;
    return deadline ? socket_wait(&socket->queue, POLLIN, deadline) : -EAGAIN;
}

static long receive_stream(struct file *file, const struct iovec *parts, size_t count, struct received *received,
                           unsigned flags)
{
    struct socket *socket = file->node.object;
    uint64_t deadline = socket_deadline(file, socket->receive_time, flags);
    size_t size = size_of(parts, count), least = flags & MSG_WAITALL ? size : 1, done = 0;

    if (!socket->peer && !(socket->shut & RECEIVE_SHUT))
        return -EINVAL;
    if (socket->peer) {
        received->from = socket->peer->address;
        received->from_length = socket->peer->address_length;
    }
    for (;;) {
        long error;

        done = take_stream(socket, parts, count, done, size, received, flags & MSG_PEEK);
        if (done >= least || !size || (done && (received->passed || flags & MSG_PEEK)))
            return done;
        error = await(socket, deadline);
        if (error)
            return done || error > 0 ? (long)done : error;
    }
}

static long receive_message(struct file *file, const struct iovec *parts, size_t count, struct received *received,
                            unsigned flags)
{
    struct socket *socket = file->node.object;
    uint64_t deadline = socket_deadline(file, socket->receive_time, flags);
    size_t size = size_of(parts, count), length;
    struct message *message;

    if (socket->type == SOCK_SEQPACKET && !socket->peer && !(socket->shut & RECEIVE_SHUT))
        return -ENOTCONN;
    while (!socket->first) {
        long error = await(socket, deadline);

        if (error)
            return error > 0 ? 0 : error;
    }
    message = socket->first;
    length = message->length;
    if (length > size)
        received->flags |= MSG_TRUNC;
    message_copy(message, 0, parts, count, 0, smaller(length, size));
    received->from = message->from->address;
    received->from_length = message->from->address_length;
    received->passed = flags & MSG_PEEK ? passed_copy(message->passed) : message->passed;
    if (!(flags & MSG_PEEK)) {
        message->passed = NULL;
        take_first(socket);
    }
    return flags & MSG_TRUNC ? length : smaller(length, size);
}

long socket_receive(struct file *file, const struct iovec *parts, size_t count, struct received *received,
                    unsigned flags)
{
    const struct socket *socket = file->node.object;

    if (flags & MSG_OOB)
        return -EOPNOTSUPP;
    return socket->type == SOCK_STREAM ? receive_stream(file, parts, count, received, flags)
                                       : receive_message(file, parts, count, received, flags);
}
