/*
 * What libxl leaves to the stub domain: the monitor through which it commands QEMU, and
 * the files behind the consoles 1 and 2, where the device model's state goes to and
 * comes from.
 */
#include "start.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SAVE_CONSOLE "/dev/hvc1"
#define RESTORE_CONSOLE "/dev/hvc2"

/* libxl has the state written to /dev/fdset/1. */
static void add_save_file(struct role *role)
{
    char text[64];
    int file = open(SAVE_CONSOLE, O_WRONLY);

    if (file < 0)
        return;
    snprintf(text, sizeof(text), "fd=%d,set=1,opaque=save", file);
    add_argument(role, "-add-fd");
    add_argument(role, text);
}

/* It stands for the file's descriptor, which only we know. */
static void open_restore_file(struct role *role)
{
    static char text[32];

    for (int i = 1; i < role->count; i++) {
        int file;

        if (strcmp(role->arguments[i], "$STUBDOM_RESTORE_INCOMING_ARG"))
            continue;
        file = open(RESTORE_CONSOLE, O_RDONLY);
        if (file < 0)
            fail("there is no " RESTORE_CONSOLE " to read the guest's state from");
        snprintf(text, sizeof(text), "fd:%d", file);
        role->arguments[i] = text;
    }
}

/* Xen gives this domain no power over others than the guest. With it, QEMU itself does not
 * try to use more either, nor xenstore once it is ready. */
static void restrict_to_guest(struct role *role)
{
    for (int i = 1; i < role->count; i++)
        if (!strcmp(role->arguments[i], "-xen-domid-restrict"))
            return;
    add_argument(role, "-xen-domid-restrict");
}

void complete_arguments(struct role *role)
{
    restrict_to_guest(role);
    open_restore_file(role);
    add_save_file(role);
    mkdir("/run", 0755);
    add_argument(role, "-qmp");
    add_argument(role, "unix:" MONITOR_SOCKET ",server=on,wait=off");
}
