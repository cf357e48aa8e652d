/*
 * Xenstore: the tree of names and values through which Xen's domains find each
 * other. There is one ring to its daemon for everybody, so each request gets a
 * number of its own there, and each watch a token of its own.
 *
 * Everything that comes from there may be wrong. A message that cannot be is the
 * end of it: nothing is asked any more, and whoever waits is told.
 */
#ifndef XENSTORE_XENSTORE_H
#define XENSTORE_XENSTORE_H

#include <threads/wait.h>
#include <xen/xs_wire.h>

/* Has this domain a ring at all? */
extern bool xenstore_present;

/* Of one that there is, it has ended; those who wait for that must not wait when
 * they hear of it. */
bool xenstore_failed(void);
extern struct wait_queue xenstore_failure;

/* The ring's page, and the port of its event channel. A second call replaces the
 * ring: who waits for something at the first is told that it has failed. */
void xenstore_use(struct xenstore_domain_interface *page, uint32_t port);

/*
 * Requests that nobody need wait for. The body is filled in by who makes one, and
 * sends it, which may wait for nothing and cannot fail. The request is given back
 * when it has been answered, for which its maker names a function.
 */
struct xenstore_request {
    struct xsd_sockmsg header; /* req_id is the client's */
    struct xenstore_request *next;
    size_t sent; /* bytes */

    /* Called once, maybe before the request has been sent: with the request's type,
     * with XS_ERROR, or with XS_INVALID when there will be no answer. It must not wait.
     * What it is given has a zero behind it. NULL: nobody cares. */
    void (*answered)(struct xenstore_request *request, uint32_t type, const char *answer, size_t length);
    void *context;
    char body[];
};

/* NULL for want of memory; the body is up to XENSTORE_PAYLOAD_MAX long. */
struct xenstore_request *xenstore_request(uint32_t type, uint32_t transaction, size_t length);
void xenstore_send(struct xenstore_request *request);
void xenstore_give(struct xenstore_request *request); /* one that was not sent */

/* Writes a value outside of a transaction, and nobody hears whether it went well; nor is
 * anything written for want of memory. */
void xenstore_tell(const char *path, const char *value, size_t length);

/* The number of a transaction that was begun, as it is told; 0: there is no such. */
uint32_t xenstore_transaction_number(const char *answer, size_t length);

/* Ends it, without effect. */
void xenstore_abandon(uint32_t transaction);

/*
 * Watches. Whoever has one keeps it, and what it is to call, which must not wait.
 * The path is what has changed: what is watched, or something below.
 */
struct xenstore_watch {
    void (*changed)(struct xenstore_watch *watch, const char *path);
    uint32_t number;
    struct xenstore_watch *next;
};

/* From now on, events are for it, or no longer. That alone asks for nothing: see
 * xenstore_watch_request(), which makes a request to begin or end a watch (NULL for
 * want of memory). The path is up to XENSTORE_ABS_PATH_MAX long. */
void xenstore_watch_add(struct xenstore_watch *watch);
void xenstore_watch_remove(struct xenstore_watch *watch);
struct xenstore_request *xenstore_watch_request(uint32_t type, const struct xenstore_watch *watch, const char *path);

/*
 * What waits for its answer, for a while: calls.c. They answer 0 or a length, or a
 * negative error number: xenstore's own, -ENODEV without it, -EIO when it failed or
 * what it says is nonsense, -ETIMEDOUT, -EINTR for a signal, -E2BIG when it does not
 * fit. The transaction is 0 outside of one. Threads must be there already.
 */
long xenstore_begin(uint32_t *transaction);
long xenstore_end(uint32_t transaction, bool commit);

/* A value may have any bytes; behind what is read comes a zero, which has to fit. */
long xenstore_read(uint32_t transaction, const char *path, char *value, size_t size);
long xenstore_write(uint32_t transaction, const char *path, const void *value, size_t length);
long xenstore_make(uint32_t transaction, const char *path);
long xenstore_remove(uint32_t transaction, const char *path);

/* The names in a folder, a zero behind each; the length of all. */
long xenstore_list(uint32_t transaction, const char *path, char *names, size_t size);

/* The first is the owner, and what everybody may who is not named. */
struct xenstore_permission {
    uint16_t domid;
    char access; /* n, r, w, b: none, read, write, both */
};
long xenstore_permissions(uint32_t transaction, const char *path, struct xenstore_permission *list, size_t most);
long xenstore_permit(uint32_t transaction, const char *path, const struct xenstore_permission *list, size_t count);

/* An event comes at once, as always. The path must be the same for both. */
long xenstore_watch(struct xenstore_watch *watch, const char *path);
long xenstore_unwatch(struct xenstore_watch *watch, const char *path);

#endif
