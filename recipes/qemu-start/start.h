/*
 * What stands in front of QEMU's main in a stub domain: finds out which guest it is to
 * serve and how, and connects the toolstack with QEMU's monitor.
 *
 * Whatever is in xenstore was written by others, so it is looked at before it is used.
 */
#ifndef START_H
#define START_H

#include <stdbool.h>
#include <stddef.h>

/* The toolstack writes about fifty arguments; xenstore's values end at 4096 bytes. */
#define MOST_ARGUMENTS 1000
#define LONGEST_ARGUMENT 4096
#define ARGUMENT_BYTES (256 * 1024)

struct role {
    unsigned self, guest; /* domains */
    char *arguments[MOST_ARGUMENTS + 1];
    int count;
};

/* Fills in the role that xenstore gives this domain: false if it gives none. Ends the
 * program if it gives one that makes no sense. The first argument is `name`. */
bool role_read(struct role *role, char *name);

void add_argument(struct role *role, const char *text);

/* Adds what the toolstack leaves to the stub domain. */
void complete_arguments(struct role *role);

/* Where QEMU's monitor listens, within this domain. */
#define MONITOR_SOCKET "/run/qemu-monitor"

/* Has a thread carry QMP between the monitor and whoever connects to the vchan. */
void serve_monitor(const struct role *role);

/* Says why on standard error, and ends the program. */
void fail(const char *why, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
