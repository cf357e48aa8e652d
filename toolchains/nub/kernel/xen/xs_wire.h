/*
 * Xen's public io/xs_wire.h: messages to XenStore, and the page through which
 * a domain sends them.
 */
#ifndef XEN_XS_WIRE_H
#define XEN_XS_WIRE_H

#include <nub.h>

enum xsd_sockmsg_type {
    XS_CONTROL,
    XS_DIRECTORY,
    XS_READ,
    XS_GET_PERMS,
    XS_WATCH,
    XS_UNWATCH,
    XS_TRANSACTION_START,
    XS_TRANSACTION_END,
    XS_INTRODUCE,
    XS_RELEASE,
    XS_GET_DOMAIN_PATH,
    XS_WRITE,
    XS_MKDIR,
    XS_RM,
    XS_SET_PERMS,
    XS_WATCH_EVENT,
    XS_ERROR,
    XS_IS_DOMAIN_INTRODUCED,
    XS_RESUME,
    XS_SET_TARGET,
    XS_RESET_WATCHES = 21,
    XS_DIRECTORY_PART,
    XS_TYPE_COUNT,
    XS_INVALID = 0xffff,
};

/* The words of a watch's event. */
enum xs_watch_type {
    XS_WATCH_PATH,
    XS_WATCH_TOKEN,
};

/* Stands before each message's bytes. */
struct xsd_sockmsg {
    uint32_t type;
    uint32_t req_id; /* the answer has the same */
    uint32_t tx_id;  /* of a transaction, or 0 */
    uint32_t len;
};

#define XENSTORE_RING_SIZE 1024

typedef uint32_t XENSTORE_RING_IDX;

struct xenstore_domain_interface {
    char req[XENSTORE_RING_SIZE];
    char rsp[XENSTORE_RING_SIZE];
    XENSTORE_RING_IDX req_cons, req_prod;
    XENSTORE_RING_IDX rsp_cons, rsp_prod;
    uint32_t server_features; /* XENSTORE_SERVER_FEATURE_... */
    uint32_t connection;
    uint32_t error;
};

#define XENSTORE_PAYLOAD_MAX 4096
#define XENSTORE_ABS_PATH_MAX 3072
#define XENSTORE_REL_PATH_MAX 2048

#define XENSTORE_SERVER_FEATURE_RECONNECTION 1
#define XENSTORE_SERVER_FEATURE_ERROR 2

#define XENSTORE_CONNECTED 0
#define XENSTORE_RECONNECT 1

#define XENSTORE_ERROR_NONE 0
#define XENSTORE_ERROR_COMM 1
#define XENSTORE_ERROR_RINGIDX 2
#define XENSTORE_ERROR_PROTO 3

#endif
