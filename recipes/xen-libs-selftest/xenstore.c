/*
 * Xen's own xenstore library in an ordinary guest, which may write below `data`: values, what is
 * refused, transactions, watches, threads. Dom0 writes to data/from-dom0 when it is asked to.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>
#include "check.h"

static struct xs_handle *store;

static bool has(struct xs_handle *handle, xs_transaction_t transaction, const char *path, const char *value)
{
    unsigned length;
    char *found = xs_read(handle, transaction, path, &length);
    bool same = found && length == strlen(value) && !memcmp(found, value, length);

    free(found);
    return same;
}

static bool put(struct xs_handle *handle, xs_transaction_t transaction, const char *path, const char *value)
{
    return xs_write(handle, transaction, path, value, strlen(value));
}

/* Its own number and name, and where its part of the tree is. */
static void read_own(void)
{
    char *domid = xs_read(store, XBT_NULL, "domid", NULL), *name = xs_read(store, XBT_NULL, "name", NULL);
    char *path = domid ? xs_get_domain_path(store, atoi(domid)) : NULL, full[64];

    if (!CHECK(domid && name && path))
        return;
    printf("domain %s, %s, at %s\n", domid, name, path);
    CHECK(atoi(domid) > 0);
    snprintf(full, sizeof(full), "/local/domain/%s", domid);
    CHECK(!strcmp(path, full));
    snprintf(full, sizeof(full), "%s/name", path);
    CHECK(has(store, XBT_NULL, full, name));
    free(domid);
    free(name);
    free(path);
}

static void write_below(void)
{
    static char large[3000];
    unsigned length, count;
    char *value, **names;

    CHECK(put(store, XBT_NULL, "data/a", "one") && has(store, XBT_NULL, "data/a", "one"));
    CHECK(put(store, XBT_NULL, "data/a", "") && has(store, XBT_NULL, "data/a", ""));
    CHECK(xs_write(store, XBT_NULL, "data/a", "x\0y", 3));
    value = xs_read(store, XBT_NULL, "data/a", &length);
    CHECK(value && length == 3 && !memcmp(value, "x\0y", 3));
    free(value);
    memset(large, 'l', 2000); /* the daemon lets a guest write no more than that */
    CHECK(put(store, XBT_NULL, "data/a", large) && has(store, XBT_NULL, "data/a", large));
    memset(large, 'l', sizeof(large) - 1);
    CHECK(!put(store, XBT_NULL, "data/a", large) && errno == ENOSPC);
    CHECK(xs_mkdir(store, XBT_NULL, "data/folder") && put(store, XBT_NULL, "data/folder/b", "two"));
    names = xs_directory(store, XBT_NULL, "data", &count);
    CHECK(names && count == 2);
    free(names);
    CHECK(xs_rm(store, XBT_NULL, "data/folder") && !xs_read(store, XBT_NULL, "data/folder/b", NULL));
    CHECK(xs_rm(store, XBT_NULL, "data/a"));
}

static void be_refused(void)
{
    CHECK(!xs_read(store, XBT_NULL, "data/none", NULL) && errno == ENOENT);
    CHECK(!xs_directory(store, XBT_NULL, "data/none", NULL) && errno == ENOENT);
    CHECK(!put(store, XBT_NULL, "name", "another") && errno == EACCES);
    CHECK(!put(store, XBT_NULL, "/local/domain/0/x", "x") && errno == EACCES);
    CHECK(!xs_read(store, XBT_NULL, "bad//path", NULL) && errno == EINVAL);
    CHECK(!xs_introduce_domain(store, 5, 5, 5) && errno == EACCES);
    CHECK(!xs_watch(store, "bad//path", "token") && errno == EINVAL);
}

static void set_permissions(void)
{
    struct xs_permissions *found, set[2];
    unsigned count;

    CHECK(put(store, XBT_NULL, "data/p", "x"));
    found = xs_get_permissions(store, XBT_NULL, "data/p", &count);
    if (!CHECK(found && count >= 1))
        return;
    set[0] = (struct xs_permissions){ found[0].id, XS_PERM_NONE };
    set[1] = (struct xs_permissions){ 0, XS_PERM_READ };
    free(found);
    CHECK(xs_set_permissions(store, XBT_NULL, "data/p", set, 2));
    found = xs_get_permissions(store, XBT_NULL, "data/p", &count);
    CHECK(found && count == 2 && found[1].id == 0 && found[1].perms == XS_PERM_READ);
    free(found);
    CHECK(xs_rm(store, XBT_NULL, "data/p"));
}

static void try_transactions(void)
{
    struct xs_handle *other = xs_open(0);
    xs_transaction_t t;

    CHECK(other && put(store, XBT_NULL, "data/t", "0"));
    t = xs_transaction_start(store);
    CHECK(t && put(store, t, "data/t", "1") && has(store, t, "data/t", "1") && has(other, XBT_NULL, "data/t", "0"));
    CHECK(!xs_read(other, t, "data/t", NULL) && errno == ENOENT); /* it is not that file's */
    CHECK(xs_transaction_end(store, t, false) && has(other, XBT_NULL, "data/t", "1"));
    CHECK(!xs_read(store, t, "data/t", NULL) && errno == ENOENT);
    t = xs_transaction_start(store);
    CHECK(t && put(store, t, "data/t", "2") && xs_transaction_end(store, t, true) && has(store, XBT_NULL, "data/t", "1"));
    t = xs_transaction_start(store);
    CHECK(t && has(store, t, "data/t", "1") && put(other, XBT_NULL, "data/t", "3") && put(store, t, "data/t", "4"));
    CHECK(!xs_transaction_end(store, t, false) && errno == EAGAIN && has(store, XBT_NULL, "data/t", "3"));
    CHECK(xs_rm(store, XBT_NULL, "data/t"));
    xs_close(other);
}

/* The next event, of that path and token. */
static bool event(struct xs_handle *handle, const char *path, const char *token)
{
    unsigned count;
    char **found = xs_read_watch(handle, &count);
    bool same = found && !strcmp(found[XS_WATCH_PATH], path) && !strcmp(found[XS_WATCH_TOKEN], token);

    if (found && !same)
        printf("event of %s %s, not %s %s\n", found[XS_WATCH_PATH], found[XS_WATCH_TOKEN], path, token);
    free(found);
    return same;
}

/* Two files watch the same, with the same token. */
static void try_watches(void)
{
    struct xs_handle *other = xs_open(0);
    struct pollfd polled = { .fd = xs_fileno(store), .events = POLLIN };

    CHECK(other && xs_watch(store, "data", "token") && xs_watch(other, "data", "token"));
    CHECK(event(store, "data", "token") && event(other, "data", "token"));
    CHECK(put(other, XBT_NULL, "data/w", "x"));
    CHECK(event(store, "data/w", "token") && event(other, "data/w", "token"));
    CHECK(xs_unwatch(other, "data", "token") && put(store, XBT_NULL, "data/w", "y"));
    CHECK(event(store, "data/w", "token") && !xs_check_watch(other));
    CHECK(poll(&polled, 1, 200) == 0);
    CHECK(xs_rm(other, XBT_NULL, "data/w"));
    CHECK(poll(&polled, 1, 5000) == 1 && event(store, "data/w", "token"));
    CHECK(xs_unwatch(store, "data", "token"));
    xs_close(other);
}

/* More names than an answer has room for, which dom0 has made: a guest may not. */
static void list_large_folder(void)
{
    unsigned count, bytes = 0;
    char **names;

    names = xs_directory(store, XBT_NULL, "data/large", &count);
    CHECK(names && count == 300);
    for (unsigned i = 0; names && i < count; i++)
        bytes += strlen(names[i]) + 1;
    CHECK(bytes == 300 * sizeof("a-rather-long-name-100"));
    free(names);
}

static void wait_for_dom0(void)
{
    CHECK(xs_watch(store, "data/from-dom0", "there") && event(store, "data/from-dom0", "there"));
    printf("waiting for dom0\n");
    CHECK(event(store, "data/from-dom0", "there") && has(store, XBT_NULL, "data/from-dom0", "hello"));
    list_large_folder();
    CHECK(put(store, XBT_NULL, "data/to-dom0", "hello yourself"));
    CHECK(event(store, "data/from-dom0", "there") && has(store, XBT_NULL, "data/from-dom0", "bye"));
    CHECK(xs_unwatch(store, "data/from-dom0", "there"));
}

#define REQUESTS 1000 /* of each kind and thread */

struct worker {
    pthread_t thread;
    struct xs_handle *handle;
    char path[32];
    int wrong;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    char value[16];

    for (int i = 0; i < REQUESTS; i++) {
        snprintf(value, sizeof(value), "%s %d", strrchr(worker->path, '/') + 1, i);
        worker->wrong += !put(worker->handle, XBT_NULL, worker->path, value);
        worker->wrong += !has(worker->handle, XBT_NULL, worker->path, value);
    }
    return NULL;
}

/* With one handle for both, or two: 2000 requests each. */
static void work_at_once(struct xs_handle *one, struct xs_handle *two)
{
    struct worker workers[] = { { .handle = one, .path = "data/one" }, { .handle = two, .path = "data/two" } };

    for (int i = 0; i < 2; i++)
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(workers[i].thread, NULL);
    CHECK(workers[0].wrong == 0 && workers[1].wrong == 0);
    CHECK(xs_rm(one, XBT_NULL, "data/one") && xs_rm(two, XBT_NULL, "data/two"));
}

int main(void)
{
    struct xs_handle *other;

    store = xs_open(0);
    other = xs_open(0);
    if (!CHECK(store && other))
        return summary();
    read_own();
    write_below();
    be_refused();
    set_permissions();
    try_transactions();
    try_watches();
    work_at_once(store, store);
    work_at_once(store, other);
    wait_for_dom0();
    xs_close(other);
    xs_close(store);
    return summary();
}
