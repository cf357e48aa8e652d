/*
 * The page that we share with xenstore's daemon: a ring of bytes for each direction.
 * Whatever the other end writes there may be wrong. An index is read once, and must
 * be one that can follow the last; what we have written there ourselves is never
 * read again.
 */
#ifndef XENSTORE_RING_H
#define XENSTORE_RING_H

#include <nub.h>

struct xenstore_domain_interface;

void ring_use(struct xenstore_domain_interface *page);

/* Looks how far the other end has come, both in reading and in writing; NULL, or what
 * is wrong with that. */
const char *ring_look(void);

/* As much as there is room for, or as there was when ring_look() was called last. */
size_t ring_put(const void *from, size_t size);
size_t ring_get(void *to, size_t size);

#endif
