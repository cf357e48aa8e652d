/*
 * What is preloaded into all programs of a second build. Out of its reach are programs that are linked
 * statically, those that ask the kernel without the C library, walks of the C library's own (nftw,
 * fts), and what the kernel writes by itself, such as the times of files.
 */
#include <dlfcn.h>

/* The C library's own function that comes after the one of the same name here. */
#define REAL(name)                                                                                 \
    ({                                                                                             \
        static __typeof__(name) *real;                                                             \
        if (!real)                                                                                 \
            real = (__typeof__(real))dlsym(RTLD_NEXT, #name);                                      \
        real;                                                                                      \
    })
