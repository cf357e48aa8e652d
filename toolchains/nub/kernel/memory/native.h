/*
 * Page tables of a guest that writes them itself (PVH).
 */
#ifndef MEMORY_NATIVE_H
#define MEMORY_NATIVE_H

#include <memory/pages.h>

/* A piece of usable memory, by physical address. */
struct memory_range {
    uint64_t start, end;
};

/* Takes over the boot tables and all memory behind the image. */
void native_memory_start(const struct memory_range *ranges, size_t count, uintptr_t image_end);

#endif
