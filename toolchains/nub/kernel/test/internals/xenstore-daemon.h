/*
 * The daemon's end of the ring, for the program `xenstore`.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "../check.h"
#include "xenstore.h"

/* Xen's io/xs_wire.h. */
enum {
    DIRECTORY = 1, READ = 2, GET_PERMS = 3, WATCH = 4, UNWATCH = 5, TRANSACTION_START = 6, TRANSACTION_END = 7,
    WRITE = 11, MKDIR = 12, RM = 13, SET_PERMS = 14, WATCH_EVENT = 15, ERROR = 16, DIRECTORY_PART = 22,
};
#define RING_SIZE 1024
#define MOST 4096

struct header {
    uint32_t type, id, transaction, length;
};

struct ring {
    char req[RING_SIZE], rsp[RING_SIZE];
    uint32_t req_cons, req_prod, rsp_cons, rsp_prod;
    uint32_t features, connection, error;
};

struct message {
    struct header header;
    char body[MOST + 1];
};

static int device;
static volatile struct ring *ring;

static void start_ring(void)
{
    struct store_request with = { 0 };

    ioctl(device, RING_START, &with);
    ring = (void *)with.bytes;
}

static void tell(void)
{
    struct store_request with = { 0 };

    ioctl(device, RING_TELL, &with);
}

static bool wait_for_kernel(unsigned milliseconds)
{
    struct store_request with = { .size = milliseconds };

    return ioctl(device, RING_WAIT, &with);
}

/* False when the kernel sends nothing for a second. */
static bool get(void *to, size_t size)
{
    for (size_t done = 0; done < size;) {
        if (ring->req_cons == ring->req_prod && !wait_for_kernel(1000) && ring->req_cons == ring->req_prod)
            return false;
        for (; done < size && ring->req_cons != ring->req_prod; done++, ring->req_cons++)
            ((char *)to)[done] = ring->req[ring->req_cons % RING_SIZE];
        tell();
    }
    return true;
}

static bool get_message(struct message *message)
{
    if (!get(&message->header, sizeof(message->header)) || message->header.length > MOST)
        return false;
    message->body[message->header.length] = '\0';
    return get(message->body, message->header.length);
}

static void put(const void *from, size_t size)
{
    for (size_t done = 0; done < size;) {
        while (ring->rsp_prod - ring->rsp_cons == RING_SIZE)
            wait_for_kernel(1000);
        for (; done < size && ring->rsp_prod - ring->rsp_cons < RING_SIZE; done++, ring->rsp_prod++)
            ring->rsp[ring->rsp_prod % RING_SIZE] = ((const char *)from)[done];
        tell();
    }
}

static void put_message(uint32_t type, uint32_t id, const void *body, uint32_t length)
{
    struct header header = { type, id, 0, length };

    put(&header, sizeof(header));
    put(body, length);
}

static void answer(const struct message *request, const char *body, uint32_t length)
{
    put_message(request->header.type, request->header.id, body, length);
}

static void refuse(const struct message *request, const char *error)
{
    put_message(ERROR, request->header.id, error, strlen(error) + 1);
}

/* One of the kernel's calls. */
static int ask(int call, const char *path, void *bytes, uint32_t size, uint32_t transaction)
{
    struct store_request with = { path, bytes, size, transaction };
    int result = ioctl(device, call, &with);

    return result < 0 ? -errno : result;
}

/* The same by a thread of its own. */
struct asking {
    pthread_t thread;
    int call;
    const char *path;
    void *bytes;
    uint32_t size, transaction;
    int result;
};

static void *ask_in_thread(void *asking)
{
    struct asking *a = asking;

    a->result = ask(a->call, a->path, a->bytes, a->size, a->transaction);
    return NULL;
}

static void begin_to_ask(struct asking *asking, int call, const char *path, void *bytes, uint32_t size)
{
    *asking = (struct asking){ .call = call, .path = path, .bytes = bytes, .size = size };
    pthread_create(&asking->thread, NULL, ask_in_thread, asking);
}

static int result_of(struct asking *asking)
{
    pthread_join(asking->thread, NULL);
    return asking->result;
}
