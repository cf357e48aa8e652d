/*
 * Receiving from sockets.
 */
#include <files/socket.h>
#include <memory/program.h>

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

/* From what is there, no further than what came with files. False when it has nowhere
 * to go. */
static bool take_stream(struct socket *socket, const struct iovec *parts, size_t count, size_t *done, size_t size,
                        struct received *received, bool peek)
{
    struct message *message = socket->first;

    while (message && *done < size && !received->passed) {
        size_t length = smaller(size - *done, message->length);

        if (!parts_are_good(parts, count, *done, length, MAY_WRITE))
            return false;
        message_copy(message, 0, parts, count, *done, length);
        *done += length;
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
    return true;
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
    size_t size = parts_size(parts, count), least = flags & MSG_WAITALL ? size : 1, done = 0;

    if (!socket->peer && !(socket->shut & RECEIVE_SHUT))
        return -EINVAL;
    if (socket->peer) {
        received->from = socket->peer->address;
        received->from_length = socket->peer->address_length;
    }
    for (;;) {
        long error;

        if (!take_stream(socket, parts, count, &done, size, received, flags & MSG_PEEK))
            return done ? (long)done : -EFAULT;
        if (done >= least || !size || (done && (received->passed || flags & MSG_PEEK)))
            return done;
        error = await(socket, deadline);
        if (error)
            return done || error > 0 ? (long)done : error;
    }
}

/* A message that has nowhere to go is lost, as with Linux. */
static long receive_message(struct file *file, const struct iovec *parts, size_t count, struct received *received,
                            unsigned flags)
{
    struct socket *socket = file->node.object;
    uint64_t deadline = socket_deadline(file, socket->receive_time, flags);
    size_t size = parts_size(parts, count), length;
    struct message *message;
    bool good;

    if (socket->type == SOCK_SEQPACKET && !socket->peer && !(socket->shut & RECEIVE_SHUT))
        return -ENOTCONN;
    /* An error comes before what was received, which a stream tells first. */
    while (!socket->first || socket->error) {
        long error = await(socket, deadline);

        if (error)
            return error > 0 ? 0 : error;
    }
    message = socket->first;
    length = message->length;
    if (length > size)
        received->flags |= MSG_TRUNC;
    good = parts_are_good(parts, count, 0, smaller(length, size), MAY_WRITE);
    if (good)
        message_copy(message, 0, parts, count, 0, smaller(length, size));
    received->from = message->from->address;
    received->from_length = message->from->address_length;
    received->passed = flags & MSG_PEEK ? passed_copy(message->passed) : message->passed;
    if (!(flags & MSG_PEEK)) {
        message->passed = NULL;
        take_first(socket);
    }
    if (!good)
        return -EFAULT;
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
