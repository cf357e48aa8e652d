/*
 * Which devices of a class the domain has: the folder is listed whenever something has
 * come or gone in it. A device that goes keeps its place, for whoever still uses it and
 * for another one of the same number.
 */
#include <frontends/values.h>
#include <linux/interface.h>
#include <xen/interface.h>

/* More than any domain has. */
#define MOST_DEVICES 64

static const char *const identity_keys[] = { "backend", "backend-id", "state", NULL };

static void scan(struct frontend_class *class);

static void folder_of(const struct frontend_class *class, char *to)
{
    format(to, OWN_PATH, "device/%s", class->type);
}

static void settle(struct frontend_class *class)
{
    wake_all(&class->settled, 0);
}

struct frontend *frontend_find(struct frontend_class *class, uint32_t number)
{
    struct frontend *frontend = class->devices;

    while (frontend && frontend->number != number)
        frontend = frontend->next;
    return frontend;
}

static struct frontend *make(struct frontend_class *class, uint32_t number)
{
    struct frontend **link = &class->devices, *frontend;

    if (class->count == MOST_DEVICES)
        return NULL;
    frontend = kernel_take(class->size);
    if (!frontend)
        return NULL;
    memset(frontend, 0, class->size);
    frontend->class = class;
    frontend->number = number;
    frontend->phases.outside = true;
    frontend->state_value.frontend = frontend;
    frontend->own_values = frontend_values_make(frontend, class->own_keys);
    frontend->values = frontend_values_make(frontend, class->keys);
    frontend->identity = frontend_values_make(frontend, identity_keys);
    if (!frontend->own_values || !frontend->values || !frontend->identity)
        return NULL;
    while (*link && (*link)->number < number)
        link = &(*link)->next;
    frontend->next = *link;
    *link = frontend;
    class->count++;
    return frontend;
}

static bool parse_number(const char *text, uint32_t *number)
{
    uint64_t wide;

    if (!frontend_parse(text, &wide) || wide > UINT32_MAX || (*text == '0' && text[1]))
        return false;
    *number = wide;
    return true;
}

/* Where its backend is, and of which domain. */
static bool read_identity(struct frontend *frontend)
{
    const struct frontend_value *backend = &frontend->identity[0], *domid = &frontend->identity[1];
    uint64_t number, state;

    if (!backend->there || *backend->text != '/' || !domid->there || !frontend_parse(domid->text, &number)
        || number >= DOMID_FIRST_RESERVED)
        return false;
    memcpy(frontend->backend, backend->text, strlen(backend->text) + 1);
    frontend->backend_domid = number;
    if (!frontend->identity[2].there || !frontend_parse(frontend->identity[2].text, &state))
        state = XenbusStateUnknown;
    frontend->state = state;
    return true;
}

/* It may have gone meanwhile, or be another one's now. */
static void is_known(struct frontend *frontend)
{
    bool again = frontend->look_again && frontend->listed;

    frontend->look_again = frontend->identifying = false;
    if (again) {
        frontend_identify(frontend);
        return;
    }
    if (frontend->listed && !frontend->lost && frontend->phase == FRONTEND_ABSENT && read_identity(frontend))
        frontend_appear(frontend);
    settle(frontend->class);
}

static void read_own_keys(struct frontend *frontend)
{
    char folder[OWN_PATH];

    if (frontend->lost) {
        is_known(frontend);
        return;
    }
    frontend_own_path(frontend, folder);
    frontend_ask(frontend, folder, frontend->class->own_keys, frontend->own_values, is_known);
}

/* A look at a backend that it had may still be going on. */
void frontend_identify(struct frontend *frontend)
{
    char folder[OWN_PATH];

    if (!frontend->listed)
        return;
    if (frontend->asked) {
        frontend->look_again = true;
        return;
    }
    frontend->identifying = true;
    frontend_own_path(frontend, folder);
    frontend_ask(frontend, folder, identity_keys, frontend->identity, read_own_keys);
}

static void take_names(struct frontend_class *class, const char *names, size_t length)
{
    struct frontend *frontend;
    uint32_t number;

    for (frontend = class->devices; frontend; frontend = frontend->next)
        frontend->listed = false;
    for (size_t at = 0; at < length; at += strlen(names + at) + 1) {
        if (!parse_number(names + at, &number))
            continue;
        frontend = frontend_find(class, number);
        if (!frontend)
            frontend = make(class, number);
        if (frontend)
            frontend->listed = true;
    }
}

static void listed(struct xenstore_request *request, uint32_t type, const char *answer, size_t length)
{
    struct frontend_class *class = request->context;
    bool known = type == XS_DIRECTORY || (type == XS_ERROR && !strcmp(answer, "ENOENT"));

    class->scanning = false;
    if (known)
        take_names(class, answer, type == XS_DIRECTORY ? length : 0);
    for (struct frontend *frontend = class->devices; known && frontend; frontend = frontend->next) {
        /* One that is closed may be another one already. */
        if (!frontend->listed || frontend->phase == FRONTEND_CLOSED)
            frontend_vanish(frontend);
        if (frontend->phase == FRONTEND_ABSENT)
            frontend_identify(frontend);
    }
    class->scanned = true;
    settle(class);
    if (class->scan_again)
        scan(class);
}

static void scan(struct frontend_class *class)
{
    char folder[OWN_PATH];
    struct xenstore_request *request;

    class->scan_again = class->scanning;
    if (class->scanning)
        return;
    folder_of(class, folder);
    request = xenstore_request(XS_DIRECTORY, 0, strlen(folder) + 1);
    if (!request)
        return;
    memcpy(request->body, folder, strlen(folder) + 1);
    request->answered = listed;
    request->context = class;
    class->scanning = true;
    xenstore_send(request);
}

/* Most events are of what the front ends write themselves. */
static bool concerns_us(struct frontend_class *class, const char *path)
{
    char folder[OWN_PATH], name[12];
    size_t length = 0;
    uint32_t number;
    struct frontend *frontend;

    folder_of(class, folder);
    if (strncmp(path, folder, strlen(folder)) || path[strlen(folder)] != '/')
        return true;
    path += strlen(folder) + 1;
    while (path[length] && path[length] != '/' && length < sizeof(name))
        length++;
    if (!path[length] || length == sizeof(name))
        return true;
    memcpy(name, path, length);
    name[length] = '\0';
    if (!parse_number(name, &number))
        return false;
    frontend = frontend_find(class, number);
    return !frontend || frontend->phase == FRONTEND_ABSENT;
}

static void changed(struct xenstore_watch *watch, const char *path)
{
    struct frontend_class *class = (struct frontend_class *)((char *)watch - offsetof(struct frontend_class, watch));

    if (concerns_us(class, path))
        scan(class);
}

static void watched(struct xenstore_request *request, uint32_t type, const char *answer, size_t length)
{
    struct frontend_class *class = request->context;

    (void)answer;
    (void)length;
    if (type == XS_WATCH)
        return;
    class->scanned = true;
    settle(class);
}

/* The watch's first event comes at once, and has the folder listed. */
void frontends_begin(struct frontend_class *class)
{
    char folder[OWN_PATH];
    struct xenstore_request *request;

    if (class->begun || !xenstore_present)
        return;
    class->begun = true;
    class->settled.outside = true;
    class->watch.changed = changed;
    xenstore_watch_add(&class->watch);
    folder_of(class, folder);
    request = xenstore_watch_request(XS_WATCH, &class->watch, folder);
    if (!request)
        return;
    request->answered = watched;
    request->context = class;
    xenstore_send(request);
}

static bool is_settled(const struct frontend_class *class)
{
    for (const struct frontend *frontend = class->devices; frontend; frontend = frontend->next)
        if (frontend->identifying)
            return false;
    return class->scanned;
}

int frontends_settle(struct frontend_class *class, uint64_t deadline)
{
    if (!class->begun)
        return -ENODEV;
    while (!is_settled(class)) {
        if (xenstore_failed())
            return -EIO;
        if (wait_undisturbed(&class->settled, deadline) == WAKE_TIMEOUT)
            return -ETIMEDOUT;
    }
    return 0;
}
