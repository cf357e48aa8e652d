/*
 * Locks on files. They keep only those out who ask for one themselves.
 *
 * A record lock is about a range of bytes and belongs to the process or, of the
 * "open file description" kind, to an open file. The process's never keep the
 * process out, but do an open file's. Locks by flock() are about whole files and
 * belong to open files; record locks and they do not see each other.
 */
#ifndef FILES_LOCKS_H
#define FILES_LOCKS_H

#include <files/files.h>

struct lock {
    struct lock *next;
    const void *what;        /* a node, or what else is locked */
    const struct file *file; /* to whom it belongs; NULL is the process */
    bool whole;              /* by flock() */
    int type;                /* F_RDLCK or F_WRLCK; to set: F_UNLCK, too */
    int64_t start, last;
};

/* A lock for the file, of a kind that `lock` tells already. */
void lock_for(struct lock *lock, const struct file *file);

/* Somebody else's lock that stands against this one, or NULL. */
const struct lock *lock_conflict(const struct lock *lock);

/* Does the open file have a lock of that type on the whole file? */
bool lock_is_set(const struct file *file, int type);

/* Sets it, in place of those of the same owner in that range, now, or once it
 * can be if `wait` says so: 0 or a negative error number. */
int lock_set(const struct lock *lock, bool wait);

/* The last descriptor of an open file has gone; a descriptor has, of which the
 * process's locks do not survive any. */
void locks_end(const struct file *file);
void locks_end_process(const struct file *file);

#endif
