/*
 * A pipe, for those who open its ends by a name.
 */
#ifndef FILES_PIPE_H
#define FILES_PIPE_H

#include <files/files.h>

struct slot;

struct pipe {
    struct wait_queue queue;
    struct slot *slots;
    unsigned size, first, used; /* of the slots */
    unsigned readers, writers;
    unsigned reader_openings, writer_openings; /* so far */
};

/* One that nobody has open; NULL for want of memory. */
struct pipe *pipe_make(void);

/* Makes the open file an end of it, or both, as its flags say. */
void pipe_join(struct pipe *pipe, struct file *file);

#endif
