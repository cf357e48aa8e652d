#define _GNU_SOURCE
#include "record.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME(error) {error, #error}

static const struct {
    int number;
    const char *name;
} names[] = {
    NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO), NAME(ENXIO), NAME(E2BIG),
    NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD), NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES),
    NAME(EFAULT), NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR),
    NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY), NAME(ETXTBSY),
    NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS), NAME(EMLINK), NAME(EPIPE), NAME(EDOM),
    NAME(ERANGE), NAME(EDEADLK), NAME(ENAMETOOLONG), NAME(ENOLCK), NAME(ENOSYS),
    NAME(ENOTEMPTY), NAME(ELOOP), NAME(ENODATA), NAME(EOVERFLOW), NAME(ENOTSOCK),
    NAME(EDESTADDRREQ), NAME(EMSGSIZE), NAME(EPROTOTYPE), NAME(ENOPROTOOPT),
    NAME(EPROTONOSUPPORT), NAME(ESOCKTNOSUPPORT), NAME(EOPNOTSUPP), NAME(EAFNOSUPPORT),
    NAME(EADDRINUSE), NAME(EADDRNOTAVAIL), NAME(ECONNABORTED), NAME(ECONNRESET), NAME(ENOBUFS),
    NAME(EISCONN), NAME(ENOTCONN), NAME(ETIMEDOUT), NAME(ECONNREFUSED), NAME(EALREADY),
    NAME(EINPROGRESS), NAME(ESTALE), NAME(ECANCELED), NAME(EOWNERDEAD), NAME(ENOTRECOVERABLE),
};

const char *error_name(int error)
{
    for (unsigned i = 0; i < COUNT(names); i++)
        if (names[i].number == error)
            return names[i].name;
    return "E?";
}

static void put(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(1, text, size);
        if (written <= 0)
            return;
        text += written;
        size -= written;
    }
}

static void put_formatted(const char *prefix, const char *format, va_list arguments)
{
    char line[1024];
    int size = snprintf(line, sizeof line, "%s", prefix);
    size += vsnprintf(line + size, sizeof line - size - 1, format, arguments);
    if (size > (int)sizeof line - 2)
        size = sizeof line - 2;
    line[size++] = '\n';
    put(line, size);
}

void put_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_formatted("", format, arguments);
    va_end(arguments);
}

void record(const char *what, const char *format, ...)
{
    int error = errno;
    char prefix[512];
    snprintf(prefix, sizeof prefix, "  %s = ", what);
    va_list arguments;
    va_start(arguments, format);
    put_formatted(prefix, format, arguments);
    va_end(arguments);
    errno = error;
}

void record_answer(const char *what, long long answer)
{
    if (answer == -1 && errno != 0)
        record(what, "-1 %s", error_name(errno));
    else
        record(what, "%lld", answer);
}

void record_address(const char *what, const void *address)
{
    if (address == NULL || address == (void *)-1)
        record(what, "%s %s", address ? "-1" : "NULL", error_name(errno));
    else
        record(what, "ok");
}

void record_offset(const char *what, const void *address, const void *base)
{
    intptr_t offset = (intptr_t)address - (intptr_t)base;
    if (address == (void *)-1)
        record_address(what, address);
    else if (offset >= -(1 << 20) && offset <= 1 << 20)
        record_number(what, offset);
    else
        record(what, "elsewhere");
}

void record_error(const char *what, int error)
{
    record(what, "%s", error == 0 ? "0" : error_name(error));
}

void record_number(const char *what, long long number)
{
    record(what, "%lld", number);
}
