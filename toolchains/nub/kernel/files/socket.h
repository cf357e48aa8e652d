/*
 * Sockets within the domain: what is sent, to whom, and by which name.
 */
#ifndef FILES_SOCKET_H
#define FILES_SOCKET_H

#include <files/files.h>
#include <linux/sockets.h>

/* How much there may be that nobody has received yet, unless the sender says otherwise. */
#define SOCKET_ROOM 212992u

/* How many messages, if they come from others than its peer. */
#define MOST_MESSAGES 10

/* A file that travels in a message, held. */
struct passed {
    struct passed *next;
    struct file *file;
};

struct message {
    struct message *next;
    struct piece *first, *last; /* of what it says */
    size_t length;              /* left of it */
    struct passed *passed;
    struct socket *from; /* of a datagram, held for its name */
};

enum { RECEIVE_SHUT = 1, SEND_SHUT = 2, BOTH_SHUT = 3 };

struct socket {
    int type;
    unsigned references; /* its file, sockets that know it as peer, messages from it */
    bool closed;
    struct wait_queue queue; /* of its own users */
    struct wait_queue room;  /* of those who want to send or connect to it without being its peer */

    /* What it has been sent. */
    struct message *first, *last;
    size_t bytes;
    unsigned messages;

    /* How full another socket may become by what this one sends; and what it wants
     * to keep itself, which is Linux's answer only, too: the sender decides. */
    size_t send_room, receive_room;

    struct socket *peer;
    struct socket *senders, *next_sender; /* those whose peer it is: datagrams know no other way back */
    unsigned shut;
    int error; /* to be told once */

    /* While it listens: who has connected and was not accepted yet. */
    bool listens;
    unsigned backlog, waiting;
    struct socket *first_waiting, *last_waiting, *next_waiting;

    /* Its name, if it has one. */
    struct socket *next_bound;
    struct socket_address address;
    unsigned address_length;
    struct ram_node *ram;

    /* Options. */
    bool tells_sender;
    uint64_t receive_time, send_time; /* 0: as long as it takes */
};

/* files/socket.c */
int socket_make(int type, struct socket **made);
int socket_file_open(struct socket *socket, unsigned flags); /* a descriptor, or an error */
struct socket *socket_of(const struct file *file);           /* NULL when it is none */
void socket_hold(struct socket *socket);
void socket_release(struct socket *socket);
void socket_end(struct socket *socket, bool reset); /* no file has it any longer */
void socket_join(struct socket *socket, struct socket *peer);
void socket_part(struct socket *socket); /* from its peer */
bool socket_is_full(const struct socket *socket, const struct socket *sender, size_t size);

/* files/socket_names.c */
int socket_bind(struct socket *socket, const struct socket_address *address, unsigned length, uint32_t permissions);
void socket_unbind(struct socket *socket);
int socket_find(const struct socket_address *address, unsigned length, int type, struct socket **found); /* held */

/* files/socket_links.c */
int socket_connect(struct file *file, struct socket *socket, const struct socket_address *address, unsigned length);
int socket_listen(struct socket *socket, int backlog);
int socket_accept(struct file *file, struct socket *socket, struct socket **accepted);
int socket_shut(struct socket *socket, int how);

/* What beside the data goes with it. */
struct sending {
    const struct socket_address *to;
    unsigned to_length;
    struct passed *passed; /* the message takes them, or nobody */
};

struct received {
    struct socket_address from;
    unsigned from_length;
    struct passed *passed; /* the receiver's now */
    unsigned flags;
};

/* files/socket_send.c, files/socket_receive.c */
long socket_send(struct file *file, const struct iovec *parts, size_t count, struct sending *sending, unsigned flags);
long socket_receive(struct file *file, const struct iovec *parts, size_t count, struct received *received,
                    unsigned flags);
/* How long to wait; and what an interrupted wait answers. */
uint64_t socket_deadline(const struct file *file, uint64_t time, unsigned flags);
long socket_wait(struct wait_queue *queue, unsigned events, uint64_t deadline);

/* files/messages.c */
size_t parts_size(const struct iovec *parts, size_t count);
/* May so much be copied from or to that place in them, until the call waits? */
bool parts_are_good(const struct iovec *parts, size_t count, size_t at, size_t size, unsigned access);
struct message *message_make(void);
void message_end(struct message *message);
/* Adds from all of the parts what is at some place in them; false for want of memory. */
bool message_add(struct message *message, const struct iovec *parts, size_t count, size_t at, size_t size);
/* Copies to that place in the parts, from a place in the message; and forgets the first. */
void message_copy(const struct message *message, size_t from, const struct iovec *parts, size_t count, size_t at,
                  size_t size);
void message_drop(struct message *message, size_t size);
struct passed *passed_make(struct file *file);
struct passed *passed_copy(const struct passed *list);
void passed_end(struct passed *list);

#endif
