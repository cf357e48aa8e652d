/*
 * System calls that send to sockets and receive from them, and what travels beside
 * the data: files, and who sent it.
 */
#include <syscalls/sockets.h>

#define MOST_PARTS 1024

#define ALIGNED_LENGTH(length) ROUND_UP(length, sizeof(size_t))

static bool parts_are_good(const struct message_header *header)
{
    for (size_t i = 0; i < header->part_count; i++)
        if ((long)header->parts[i].size < 0)
            return false;
    return true;
}

static long send(int fd, const struct iovec *parts, size_t count, struct sending *sending, unsigned flags)
{
    struct file *file;
    long result = socket_file(fd, &file);

    if (!result) {
        result = socket_send(file, parts, count, sending, flags);
        file_release(file);
    }
    passed_end(sending->passed);
    return result;
}

long sockets_send(int fd, const void *from, size_t size, unsigned flags, const struct socket_address *address,
                  int length)
{
    struct iovec part = { (char *)from, smaller(size, 0x7ffff000) };
    struct sending sending = { .to = address, .to_length = length };

    return send(fd, &part, 1, &sending, flags);
}

static int pass_files(const int *fds, size_t count, struct passed **link)
{
    if (count > MOST_PASSED)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        struct file *file = descriptor_file(fds[i]);

        if (!file)
            return -EBADF;
        *link = passed_make(file);
        if (!*link)
            return -ENOMEM;
        link = &(*link)->next;
    }
    return 0;
}

/* What the program says of itself is taken for true if it is. */
static int read_control(const struct message_header *header, struct sending *sending)
{
    size_t at = 0;
    int error = 0;

    while (header->control && !error && header->control_length - at >= sizeof(struct control_header)) {
        const struct control_header *control = (const void *)(header->control + at);
        const void *data = control + 1;

        if (control->length < sizeof(*control) || control->length > header->control_length - at)
            return -EINVAL;
        if (control->level == SOL_SOCKET) {
            if (control->type == SCM_RIGHTS && !sending->passed)
                error = pass_files(data, (control->length - sizeof(*control)) / sizeof(int), &sending->passed);
            else if (control->type == SCM_CREDENTIALS && control->length >= sizeof(*control) + sizeof(struct credentials))
                error = ((const struct credentials *)data)->pid == 1 ? 0 : -EPERM;
            else
                error = -EINVAL;
        }
        at += smaller(ALIGNED_LENGTH(control->length), header->control_length - at);
    }
    return error;
}

long sockets_send_message(int fd, const struct message_header *header, unsigned flags)
{
    struct sending sending = { .to = header->name_length ? header->name : NULL, .to_length = header->name_length };
    long error;

    if (header->part_count > MOST_PARTS)
        return -EMSGSIZE;
    if (!parts_are_good(header))
        return -EINVAL;
    error = read_control(header, &sending);
    if (error) {
        passed_end(sending.passed);
        return error;
    }
    return send(fd, header->parts, header->part_count, &sending, flags);
}

long sockets_send_messages(int fd, struct message_headers *headers, unsigned count, unsigned flags)
{
    for (unsigned i = 0; i < smaller(count, MOST_PARTS); i++) {
        long sent = sockets_send_message(fd, &headers[i].header, flags);

        if (sent < 0)
            return i ? (long)i : sent;
        headers[i].length = sent;
    }
    return smaller(count, MOST_PARTS);
}

long sockets_receive(int fd, void *to, size_t size, unsigned flags, struct socket_address *address, int *length)
{
    struct iovec part = { to, smaller(size, 0x7ffff000) };
    struct received received = { 0 };
    struct file *file;
    long result = socket_file(fd, &file);

    if (result)
        return result;
    result = socket_receive(file, &part, 1, &received, flags);
    file_release(file);
    passed_end(received.passed);
    if (result >= 0 && address && tell_address(&received.from, received.from_length, address, length))
        return -EINVAL;
    return result;
}

/* Adds one to the control data; false when there is no room for any of it. */
static bool put_control(struct message_header *header, size_t *used, int type, const void *data, size_t size)
{
    struct control_header *control = (void *)(header->control + *used);

    if (!header->control || header->control_length - *used < sizeof(*control) + size)
        return false;
    *control = (struct control_header){ sizeof(*control) + size, SOL_SOCKET, type };
    memcpy(control + 1, data, size);
    *used += smaller(ALIGNED_LENGTH(control->length), header->control_length - *used);
    return true;
}

/* Gives as many of the files descriptors as there is room for. */
static bool put_files(struct message_header *header, size_t *used, const struct passed *passed, bool close_on_exec)
{
    size_t room = header->control_length - *used, count = 0;
    int fds[MOST_PASSED];

    room = room > sizeof(struct control_header) ? (room - sizeof(struct control_header)) / sizeof(int) : 0;
    while (passed && header->control && count < smaller(room, MOST_PASSED)) {
        int fd = descriptor_add(passed->file, close_on_exec);

        if (fd < 0)
            break;
        fds[count++] = fd;
        passed = passed->next;
    }
    if (count)
        put_control(header, used, SCM_RIGHTS, fds, count * sizeof(*fds));
    return !passed;
}

long sockets_receive_message(int fd, struct message_header *header, unsigned flags)
{
    const struct credentials credentials = { 1, identity_uid(), identity_gid() };
    struct received received = { 0 };
    struct file *file;
    size_t used = 0;
    long result;

    if (header->part_count > MOST_PARTS)
        return -EMSGSIZE;
    if (!parts_are_good(header))
        return -EINVAL;
    result = socket_file(fd, &file);
    if (result)
        return result;
    result = socket_receive(file, header->parts, header->part_count, &received, flags);
    if (result >= 0) {
        if (socket_of(file)->tells_sender
            && !put_control(header, &used, SCM_CREDENTIALS, &credentials, sizeof(credentials)))
            received.flags |= MSG_CTRUNC;
        if (received.passed && !put_files(header, &used, received.passed, flags & MSG_CMSG_CLOEXEC))
            received.flags |= MSG_CTRUNC;
        if (header->name)
            tell_address(&received.from, received.from_length, header->name, &header->name_length);
        header->control_length = used;
        header->flags = received.flags | (flags & MSG_CMSG_CLOEXEC);
    }
    passed_end(received.passed);
    file_release(file);
    return result;
}
