/*
 * The part of Linux's interface that is about sockets.
 */
#ifndef LINUX_SOCKETS_H
#define LINUX_SOCKETS_H

#include <linux/interface.h>

enum { AF_UNSPEC = 0, AF_UNIX = 1 };
enum { SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_SEQPACKET = 5, SOCK_TYPE = 15 };
#define SOCK_NONBLOCK O_NONBLOCK
#define SOCK_CLOEXEC O_CLOEXEC

enum {
    MSG_OOB = 1, MSG_PEEK = 2, MSG_CTRUNC = 8, MSG_TRUNC = 0x20, MSG_DONTWAIT = 0x40, MSG_EOR = 0x80,
    MSG_WAITALL = 0x100, MSG_NOSIGNAL = 0x4000, MSG_WAITFORONE = 0x10000, MSG_CMSG_CLOEXEC = 0x40000000,
};

enum { SHUT_RD, SHUT_WR, SHUT_RDWR };

enum {
    SOL_SOCKET = 1,
    SO_REUSEADDR = 2, SO_TYPE = 3, SO_ERROR = 4, SO_BROADCAST = 6, SO_SNDBUF = 7, SO_RCVBUF = 8, SO_KEEPALIVE = 9,
    SO_LINGER = 13, SO_PASSCRED = 16, SO_PEERCRED = 17, SO_RCVLOWAT = 18, SO_RCVTIMEO_OLD = 20,
    SO_SNDTIMEO_OLD = 21, SO_ACCEPTCONN = 30, SO_PROTOCOL = 38, SO_DOMAIN = 39, SO_RCVTIMEO = 66, SO_SNDTIMEO = 67,
};

enum { SCM_RIGHTS = 1, SCM_CREDENTIALS = 2, MOST_PASSED = 253 };

#define SOCKET_PATH 108

struct socket_address {
    uint16_t family;
    char path[SOCKET_PATH];
};

struct credentials {
    int pid;
    unsigned uid, gid;
};

struct message_header {
    struct socket_address *name;
    int name_length;
    struct iovec *parts;
    size_t part_count;
    char *control;
    size_t control_length;
    int flags;
};

/* Of sendmmsg and recvmmsg. */
struct message_headers {
    struct message_header header;
    unsigned length;
};

struct control_header {
    size_t length; /* with this header */
    int level, type;
};

#endif
