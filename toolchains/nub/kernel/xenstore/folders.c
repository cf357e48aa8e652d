/*
 * What is in a folder, and who may use what. An answer has room for some hundred
 * names; of a larger folder, parts are asked for.
 */
#include <linux/interface.h>
#include <memory/pages.h>
#include <xenstore/calls.h>
#include <xenstore/client.h>

#define ANSWER_SIZE (XENSTORE_PAYLOAD_MAX + 1)

/* How often a folder may change while it is read. */
#define MOST_TRIES 16

/* A list that is read in parts. */
struct reading {
    char *names;
    size_t size, length;
    char state[24]; /* of the folder: what its parts have in common */
    bool done;
};

/* A part begins with the folder's state, and the last one ends with an empty name. */
static long add_part(struct reading *reading, const char *part, size_t length)
{
    size_t state = strlen(part) + 1;

    if (state > length || state > sizeof(reading->state))
        return -EIO;
    if (reading->length && strcmp(reading->state, part))
        return -EAGAIN;
    memcpy(reading->state, part, state);
    part += state;
    length -= state;
    reading->done = length && !part[length - 1] && (length == 1 || !part[length - 2]);
    length -= reading->done;
    if ((!length && !reading->done) || !names_are_good(part, length))
        return -EIO;
    if (length > reading->size - reading->length)
        return -E2BIG;
    memcpy(reading->names + reading->length, part, length);
    reading->length += length;
    return 0;
}

static long read_parts(struct reading *reading, uint32_t transaction, const char *path, char *answer)
{
    long result = 0;

    reading->length = 0;
    reading->done = false;
    while (!reading->done && result >= 0) {
        char offset[24];
        struct part parts[] = { part_of(path), { offset, 0 } };

        parts[1].length = format(offset, sizeof(offset), "%lu", (unsigned long)reading->length) + 1;
        result = xenstore_ask(XS_DIRECTORY_PART, transaction, parts, COUNT_OF(parts), answer, ANSWER_SIZE);
        if (result >= 0)
            result = add_part(reading, answer, result);
    }
    return result;
}

static long list_large(uint32_t transaction, const char *path, char *names, size_t size)
{
    struct reading reading = { .names = names, .size = size };
    char *answer = kernel_take(ANSWER_SIZE);
    long result = -EAGAIN;

    if (!answer)
        return -ENOMEM;
    for (unsigned tries = 0; result == -EAGAIN && tries < MOST_TRIES; tries++)
        result = read_parts(&reading, transaction, path, answer);
    kernel_give(answer, ANSWER_SIZE);
    return result < 0 ? result : (long)reading.length;
}

long xenstore_list(uint32_t transaction, const char *path, char *names, size_t size)
{
    const struct part name = part_of(path);
    long result = xenstore_ask(XS_DIRECTORY, transaction, &name, 1, names, size);

    if (result == -E2BIG)
        return list_large(transaction, path, names, size);
    return result < 0 || names_are_good(names, result) ? result : -EIO;
}

static bool read_permission(const char *text, struct xenstore_permission *permission)
{
    uint32_t domid;

    if (*text != 'n' && *text != 'r' && *text != 'w' && *text != 'b')
        return false;
    if (!number_from(text + 1, &domid) || domid > UINT16_MAX)
        return false;
    *permission = (struct xenstore_permission){ domid, *text };
    return true;
}

static long read_permissions(const char *text, size_t length, struct xenstore_permission *list, size_t most)
{
    size_t count = 0;

    if (!length || !names_are_good(text, length))
        return -EIO;
    for (size_t at = 0; at < length; at += strlen(text + at) + 1) {
        if (count == most)
            return -E2BIG;
        if (!read_permission(text + at, &list[count++]))
            return -EIO;
    }
    return count;
}

long xenstore_permissions(uint32_t transaction, const char *path, struct xenstore_permission *list, size_t most)
{
    const struct part name = part_of(path);
    char *answer = kernel_take(ANSWER_SIZE);
    long result;

    if (!answer)
        return -ENOMEM;
    result = xenstore_ask(XS_GET_PERMS, transaction, &name, 1, answer, ANSWER_SIZE);
    if (result >= 0)
        result = read_permissions(answer, result, list, most);
    kernel_give(answer, ANSWER_SIZE);
    return result;
}

long xenstore_permit(uint32_t transaction, const char *path, const struct xenstore_permission *list, size_t count)
{
    char *text = kernel_take(XENSTORE_PAYLOAD_MAX), answer[16];
    struct part parts[] = { part_of(path), { text, 0 } };
    long result = 0;

    if (!text)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t room = XENSTORE_PAYLOAD_MAX - parts[1].length;

        if (room < sizeof("n65535"))
            result = -E2BIG;
        else
            parts[1].length += format(text + parts[1].length, room, "%c%u", list[i].access, list[i].domid) + 1;
    }
    if (!result)
        result = xenstore_ask(XS_SET_PERMS, transaction, parts, COUNT_OF(parts), answer, sizeof(answer));
    kernel_give(text, XENSTORE_PAYLOAD_MAX);
    return result < 0 ? result : 0;
}
