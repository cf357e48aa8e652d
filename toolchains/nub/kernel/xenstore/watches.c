/*
 * Watches, each known by a number, which is its token on the ring.
 */
#include <xenstore/client.h>

#define TOKEN_SIZE 9 /* eight hexadecimal digits */

static struct xenstore_watch *watches;
static uint32_t last_number;

static struct xenstore_watch *find(uint32_t number)
{
    struct xenstore_watch *watch = watches;

    while (watch && watch->number != number)
        watch = watch->next;
    return watch;
}

void xenstore_watch_add(struct xenstore_watch *watch)
{
    do
        last_number++;
    while (find(last_number));
    watch->number = last_number;
    watch->next = watches;
    watches = watch;
}

void xenstore_watch_remove(struct xenstore_watch *watch)
{
    struct xenstore_watch **link = &watches;

    while (*link && *link != watch)
        link = &(*link)->next;
    if (*link)
        *link = watch->next;
}

struct xenstore_request *xenstore_watch_request(uint32_t type, const struct xenstore_watch *watch, const char *path)
{
    size_t length = strlen(path) + 1;
    struct xenstore_request *request = xenstore_request(type, 0, length + TOKEN_SIZE);

    if (!request)
        return NULL;
    memcpy(request->body, path, length);
    format(request->body + length, TOKEN_SIZE, "%08x", (unsigned)watch->number);
    return request;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool number_of(const char *token, uint32_t *number)
{
    *number = 0;
    if (strlen(token) != TOKEN_SIZE - 1)
        return false;
    for (; *token; token++) {
        if (digit(*token) < 0)
            return false;
        *number = *number << 4 | digit(*token);
    }
    return true;
}

/* The event of a watch that has ended may still have been on its way. */
const char *watches_event(const char *body, size_t length)
{
    const char *token = body + strlen(body) + 1;
    struct xenstore_watch *watch;
    uint32_t number;

    if (token >= body + length || token + strlen(token) + 1 != body + length || !number_of(token, &number))
        return "a watch's event is none";
    watch = find(number);
    if (watch)
        watch->changed(watch, body);
    return NULL;
}
