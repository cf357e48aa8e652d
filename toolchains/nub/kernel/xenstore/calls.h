/*
 * Asking, and waiting for the answer.
 */
#ifndef XENSTORE_CALLS_H
#define XENSTORE_CALLS_H

#include <xenstore/xenstore.h>

/* The body is made of these. */
struct part {
    const void *bytes;
    size_t length;
};

/* The answer's length; a zero is put behind it, so there must be room for one. */
long xenstore_ask(uint32_t type, uint32_t transaction, const struct part *parts, size_t count, char *answer, size_t size);

/* The request is given back. */
long xenstore_ask_with(struct xenstore_request *request, char *answer, size_t size);

/* With its final zero. */
static inline struct part part_of(const char *text)
{
    return (struct part){ text, strlen(text) + 1 };
}

#endif
