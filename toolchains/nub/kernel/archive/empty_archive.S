/*
 * The packed files of a program that has none; see archive.h.
 */
#include <archive/archive.h>

    .section .nub.files, "a", @progbits
    .balign 4096
    .globl __nub_files
    .type __nub_files, @object
__nub_files:
    .ascii "NUBFILES"
    .long ARCHIVE_VERSION
    .long ARCHIVE_HEADER_SIZE
    .quad ARCHIVE_HEADER_SIZE           /* total size */
    .long 0, ARCHIVE_HEADER_SIZE        /* entries: how many, where */
    .long ARCHIVE_HEADER_SIZE, 0        /* arguments: where, bytes */
    .long ARCHIVE_HEADER_SIZE, 0        /* symbols: where, how many */
    .long ARCHIVE_HEADER_SIZE, 0        /* strings: where, bytes */
    .quad 0
    .size __nub_files, . - __nub_files

    .section .note.GNU-stack, "", @progbits
