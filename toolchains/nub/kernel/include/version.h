/*
 * The kernel's version: for the boot banner, uname, and the ELF notes.
 */
#define NUB_VERSION "3.0"
