/*
 * What front ends read from xenstore and write there, without waiting for it.
 */
#include <frontends/values.h>

static size_t count_of(const char *const *keys)
{
    size_t count = 0;

    while (keys && keys[count])
        count++;
    return count;
}

struct frontend_value *frontend_values_make(struct frontend *frontend, const char *const *keys)
{
    size_t count = count_of(keys);
    struct frontend_value *values = kernel_take((count + 1) * sizeof(*values));

    for (size_t i = 0; values && i <= count; i++)
        values[i] = (struct frontend_value){ .frontend = frontend };
    return values;
}

bool frontend_path(char *to, size_t size, const char *folder, const char *key)
{
    if (strlen(folder) + 1 + strlen(key) >= size)
        return false;
    format(to, size, "%s/%s", folder, key);
    return true;
}

void frontend_own_path(const struct frontend *frontend, char *to)
{
    format(to, OWN_PATH, "device/%s/%u", frontend->class->type, (unsigned)frontend->number);
}

static void answered(struct frontend *frontend)
{
    if (!--frontend->asked)
        frontend->then(frontend);
}

/* No key that there is need of has a zero in its value. */
static void keep(struct xenstore_request *request, uint32_t type, const char *answer, size_t length)
{
    struct frontend_value *value = request->context;

    value->there = type == XS_READ && length < sizeof(value->text) && strlen(answer) == length;
    if (value->there)
        memcpy(value->text, answer, length + 1);
    if (type == XS_INVALID)
        value->frontend->lost = true;
    answered(value->frontend);
}

static void ask(struct frontend_value *value, const char *folder, const char *key)
{
    char path[2 * FRONTEND_VALUE];
    struct xenstore_request *request = NULL;

    value->there = false;
    if (frontend_path(path, sizeof(path), folder, key))
        request = xenstore_request(XS_READ, 0, strlen(path) + 1);
    if (!request) {
        value->frontend->lost = true;
        answered(value->frontend);
        return;
    }
    memcpy(request->body, path, strlen(path) + 1);
    request->answered = keep;
    request->context = value;
    xenstore_send(request);
}

/* Some may be answered before the last has been asked for. */
void frontend_ask(struct frontend *frontend, const char *folder, const char *const *keys,
                  struct frontend_value *values, void (*then)(struct frontend *frontend))
{
    size_t count = count_of(keys);

    frontend->lost = false;
    frontend->asked = count + 1;
    frontend->then = then;
    for (size_t i = 0; i < count; i++)
        ask(&values[i], folder, keys[i]);
    answered(frontend);
}

static const char *find(const char *const *keys, const struct frontend_value *values, const char *key)
{
    for (size_t i = 0; i < count_of(keys); i++)
        if (!strcmp(keys[i], key))
            return values[i].there ? values[i].text : NULL;
    return NULL;
}

const char *frontend_own(const struct frontend *frontend, const char *key)
{
    return find(frontend->class->own_keys, frontend->own_values, key);
}

const char *frontend_value(const struct frontend *frontend, const char *key)
{
    return find(frontend->class->keys, frontend->values, key);
}

bool frontend_parse(const char *text, uint64_t *number)
{
    uint64_t value = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned digit = *text - '0';

        if (digit > 9 || value > UINT64_MAX / 10 || value * 10 > UINT64_MAX - digit)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

bool frontend_number(const struct frontend *frontend, const char *key, uint64_t *number)
{
    const char *text = frontend_value(frontend, key);

    return text && frontend_parse(text, number);
}

uint64_t frontend_number_or(const struct frontend *frontend, const char *key, uint64_t otherwise)
{
    uint64_t number;

    return frontend_number(frontend, key, &number) ? number : otherwise;
}

void frontend_write(struct frontend *frontend, const char *key, const char *value, ...)
{
    char folder[OWN_PATH], path[OWN_PATH + 64], text[FRONTEND_VALUE];
    size_t length;
    va_list list;

    va_start(list, value);
    length = format_list(text, sizeof(text), value, list);
    va_end(list);
    frontend_own_path(frontend, folder);
    if (length < sizeof(text) && frontend_path(path, sizeof(path), folder, key))
        xenstore_tell(path, text, length);
}

void frontend_set_state(struct frontend *frontend, enum xenbus_state state)
{
    frontend->state = state;
    frontend_write(frontend, "state", "%u", (unsigned)state);
}
