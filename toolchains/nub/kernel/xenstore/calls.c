/*
 * What the kernel itself asks.
 */
#include <linux/interface.h>
#include <memory/pages.h>
#include <xenstore/calls.h>
#include <xenstore/client.h>

/* Room for "OK", or for a number. */
#define SHORT_ANSWER 16

/* Of requests whose answer says nothing. */
static long command(uint32_t type, uint32_t transaction, const struct part *parts, size_t count)
{
    char answer[SHORT_ANSWER];
    long result = xenstore_ask(type, transaction, parts, count, answer, sizeof(answer));

    return result < 0 ? result : 0;
}

long xenstore_begin(uint32_t *transaction)
{
    const struct part nothing = part_of("");
    char answer[SHORT_ANSWER];
    long result = xenstore_ask(XS_TRANSACTION_START, 0, &nothing, 1, answer, sizeof(answer));

    if (result < 0)
        return result;
    *transaction = xenstore_transaction_number(answer, result);
    return *transaction ? 0 : -EIO;
}

long xenstore_end(uint32_t transaction, bool commit)
{
    const struct part what = part_of(commit ? "T" : "F");

    return command(XS_TRANSACTION_END, transaction, &what, 1);
}

void xenstore_abandon(uint32_t transaction)
{
    struct xenstore_request *request = transaction ? xenstore_request(XS_TRANSACTION_END, transaction, 2) : NULL;

    if (!request)
        return;
    memcpy(request->body, "F", 2);
    xenstore_send(request);
}

long xenstore_read(uint32_t transaction, const char *path, char *value, size_t size)
{
    const struct part name = part_of(path);

    return xenstore_ask(XS_READ, transaction, &name, 1, value, size);
}

long xenstore_write(uint32_t transaction, const char *path, const void *value, size_t length)
{
    const struct part parts[] = { part_of(path), { value, length } };

    return command(XS_WRITE, transaction, parts, COUNT_OF(parts));
}

long xenstore_make(uint32_t transaction, const char *path)
{
    const struct part name = part_of(path);

    return command(XS_MKDIR, transaction, &name, 1);
}

long xenstore_remove(uint32_t transaction, const char *path)
{
    const struct part name = part_of(path);

    return command(XS_RM, transaction, &name, 1);
}

long xenstore_watch(struct xenstore_watch *watch, const char *path)
{
    char answer[SHORT_ANSWER];
    struct xenstore_request *request;
    long result;

    if (!xenstore_present)
        return -ENODEV;
    if (strlen(path) > XENSTORE_ABS_PATH_MAX)
        return -EINVAL;
    xenstore_watch_add(watch);
    request = xenstore_watch_request(XS_WATCH, watch, path);
    result = request ? xenstore_ask_with(request, answer, sizeof(answer)) : -ENOMEM;
    if (result >= 0)
        return 0;
    xenstore_watch_remove(watch);
    /* Nobody knows whether it has begun. */
    if (result == -ETIMEDOUT || result == -EINTR) {
        request = xenstore_watch_request(XS_UNWATCH, watch, path);
        if (request)
            xenstore_send(request);
    }
    return result;
}

long xenstore_unwatch(struct xenstore_watch *watch, const char *path)
{
    char answer[SHORT_ANSWER];
    struct xenstore_request *request = xenstore_watch_request(XS_UNWATCH, watch, path);
    long result;

    xenstore_watch_remove(watch);
    result = request ? xenstore_ask_with(request, answer, sizeof(answer)) : -ENOMEM;
    return result < 0 ? result : 0;
}
