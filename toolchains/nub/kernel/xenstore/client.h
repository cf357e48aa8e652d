/*
 * What the parts of the client need of each other.
 */
#ifndef XENSTORE_CLIENT_H
#define XENSTORE_CLIENT_H

#include <xenstore/xenstore.h>

/* watches.c: tells whose event it is; NULL, or what is wrong with it. A zero is
 * behind the message. */
const char *watches_event(const char *body, size_t length);

/* answers.c: a string that is a number's decimal digits, and the error number that
 * xenstore means by a name. */
bool number_from(const char *text, uint32_t *number);
int error_named(const char *name);

/* Are these the names of a folder, a zero behind each? */
bool names_are_good(const char *names, size_t length);

#endif
