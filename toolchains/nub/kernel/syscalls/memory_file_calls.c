/*
 * Files in memory that have no name.
 */
#include <files/ram.h>
#include <memory/program.h>
#include <syscalls/handlers.h>

enum { MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2, MFD_NOEXEC_SEAL = 8, MFD_EXEC = 16 };

#define LONGEST_NAME 249

long memory_file_create(const char *name, unsigned flags)
{
    char own[sizeof("memfd:") + LONGEST_NAME] = "memfd:";
    struct node node;
    long length;
    int error;

    if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC)
        || (flags & MFD_NOEXEC_SEAL && flags & MFD_EXEC))
        return -EINVAL;
    length = string_from_program(own + strlen(own), name, LONGEST_NAME + 1);
    if (length < 0)
        return length == -ENAMETOOLONG ? -EINVAL : length;
    error = ram_make_unnamed(own, S_IFREG | (flags & MFD_NOEXEC_SEAL ? 0666 : 0777), &node);
    if (error)
        return -ENOMEM;
    if (flags & (MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL))
        ram_allow_seals(node.object);
    ram_hold(node.object);
    error = descriptor_open(&node, O_RDWR | (flags & MFD_CLOEXEC ? O_CLOEXEC : 0));
    ram_release(node.object); /* the descriptor holds it now, or nobody does */
    return error;
}
