/*
 * Reading what is answered. A zero is behind all of it.
 */
#include <linux/interface.h>
#include <xenstore/client.h>

bool number_from(const char *text, uint32_t *number)
{
    uint64_t value = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (*text - '0');
        if (value > UINT32_MAX)
            return false;
    }
    *number = value;
    return true;
}

uint32_t xenstore_transaction_number(const char *answer, size_t length)
{
    uint32_t number;

    return length == strlen(answer) + 1 && number_from(answer, &number) ? number : 0;
}

/* All that its daemon may answer, in C or in OCaml. */
int error_named(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } errors[] = {
        { "EINVAL", EINVAL }, { "EACCES", EACCES }, { "EEXIST", EEXIST }, { "EISDIR", EISDIR },
        { "ENOENT", ENOENT }, { "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC }, { "EIO", EIO },
        { "ENOTEMPTY", ENOTEMPTY }, { "ENOSYS", ENOSYS }, { "EROFS", EROFS }, { "EBUSY", EBUSY },
        { "EAGAIN", EAGAIN }, { "EISCONN", EISCONN }, { "E2BIG", E2BIG }, { "EPERM", EPERM },
    };

    for (size_t i = 0; i < COUNT_OF(errors); i++)
        if (!strcmp(name, errors[i].name))
            return errors[i].number;
    return EIO;
}

bool names_are_good(const char *names, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t name = strlen(names + at);

        at += name + 1;
        if (!name || at > length)
            return false;
    }
    return true;
}
