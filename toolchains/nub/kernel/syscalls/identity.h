/*
 * Whom the process acts for.
 */
#ifndef SYSCALLS_IDENTITY_H
#define SYSCALLS_IDENTITY_H

struct identity {
    unsigned real, effective, saved, of_files;
};

extern struct identity process_user, process_group;

#endif
