/*
 * The role of this domain, as libxl writes it down: `target` names the guest, and the
 * guest's folder of /vm has QEMU's arguments, a key for each of them
 * (image/dm-argv/001 and so on). For a stub domain of Mini-OS they are one value,
 * image/dmargs, which says nothing of the machine.
 */
#include "start.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/xen.h>
#include <xenstore.h>

/* A value without zeroes in it, or NULL with errno. */
static char *read_value(struct xs_handle *store, const char *path)
{
    unsigned length;
    char *value = xs_read(store, XBT_NULL, path, &length);

    if (value && strlen(value) != length) {
        free(value);
        errno = EILSEQ;
        return NULL;
    }
    return value;
}

static bool parse_domain(const char *text, unsigned *domain)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || number >= DOMID_FIRST_RESERVED)
        return false;
    *domain = number;
    return true;
}

static bool read_domain(struct xs_handle *store, const char *path, unsigned *domain)
{
    char *value = read_value(store, path);

    if (!value) {
        if (errno == ENOENT)
            return false;
        fail("xenstore's %s cannot be read: %s", path, strerror(errno));
    }
    if (!parse_domain(value, domain))
        fail("xenstore's %s is no domain", path);
    free(value);
    return true;
}

void add_argument(struct role *role, const char *text)
{
    static size_t bytes;
    size_t length = strlen(text);

    if (role->count == MOST_ARGUMENTS)
        fail("there are more than %d arguments", MOST_ARGUMENTS);
    if (length > LONGEST_ARGUMENT || bytes + length > ARGUMENT_BYTES)
        fail("the arguments are too long");
    bytes += length;
    role->arguments[role->count] = strdup(text);
    if (!role->arguments[role->count++])
        fail("there is no memory for the arguments");
}

/* Are there any? */
static bool read_list(struct xs_handle *store, const char *vm, struct role *role)
{
    char path[XENSTORE_ABS_PATH_MAX + 1];

    for (int number = 1;; number++) {
        char *value;

        snprintf(path, sizeof(path), "%s/image/dm-argv/%03d", vm, number);
        value = read_value(store, path);
        if (!value) {
            if (errno != ENOENT)
                fail("xenstore's %s cannot be read: %s", path, strerror(errno));
            return number > 1;
        }
        add_argument(role, value);
        free(value);
    }
}

static bool read_line(struct xs_handle *store, const char *vm, struct role *role)
{
    char path[XENSTORE_ABS_PATH_MAX + 1], *value, *rest, *word;

    snprintf(path, sizeof(path), "%s/image/dmargs", vm);
    value = read_value(store, path);
    if (!value)
        return false;
    for (word = strtok_r(value, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        add_argument(role, word);
    free(value);
    add_argument(role, "-machine");
    add_argument(role, "xenfv");
    return true;
}

static void read_arguments(struct xs_handle *store, struct role *role)
{
    char path[sizeof("/local/domain/65535/vm")], *vm;

    snprintf(path, sizeof(path), "/local/domain/%u/vm", role->guest);
    vm = read_value(store, path);
    if (!vm)
        fail("xenstore's %s cannot be read: %s", path, strerror(errno));
    if (strlen(vm) > XENSTORE_ABS_PATH_MAX / 2)
        fail("xenstore's %s is too long", path);
    if (!read_list(store, vm, role) && !read_line(store, vm, role))
        fail("xenstore has no arguments for the device model of domain %u", role->guest);
    free(vm);
}

bool role_read(struct role *role, char *name)
{
    struct xs_handle *store = xs_open(0);
    bool is_stub_domain;

    if (!store)
        return false;
    is_stub_domain = read_domain(store, "target", &role->guest);
    if (is_stub_domain) {
        if (!read_domain(store, "domid", &role->self))
            fail("xenstore does not say which domain this is");
        add_argument(role, name);
        read_arguments(store, role);
    }
    xs_close(store);
    return is_stub_domain;
}
