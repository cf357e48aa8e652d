/*
 * The program's memory as system calls get to see it: pointers that may lead
 * anywhere. A call asks before it touches what one points to, and answers
 * EFAULT where that is nothing of the program's. The answer holds until the
 * call waits for something, for others may unmap it then.
 */
#ifndef MEMORY_PROGRAM_H
#define MEMORY_PROGRAM_H

#include <memory/tables.h>

/* How many bytes from there on the program may read, or write. */
size_t program_extent(const void *start, size_t size, unsigned access);

/* All of them? */
bool program_may_read(const void *start, size_t size);
bool program_may_write(const void *start, size_t size);

/* These answer 0 or -EFAULT. */
long copy_from_program(void *to, const void *from, size_t size);
long copy_to_program(void *to, const void *from, size_t size);

/* The length of a string that must fit in `size` with its final zero; -EFAULT, or
 * -ENAMETOOLONG when it does not. */
long program_string(const char *from, size_t size);

/* The length of the program's string, which is then in `to` with its final
 * zero; -EFAULT, or -ENAMETOOLONG when it does not fit. */
long string_from_program(char *to, const char *from, size_t size);

#endif
