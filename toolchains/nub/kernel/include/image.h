/*
 * Where the linker script (nub.lds.S) has put the parts of the image. They are
 * addresses, so they are declared as arrays: only their place means something.
 */
#ifndef IMAGE_H
#define IMAGE_H

extern const char __nub_rodata_start[], __nub_rodata_end[];
extern const char __nub_text_start[], __nub_text_end[];
extern const char __nub_data_start[], __nub_data_end[];

/* The ELF header of the image itself, loaded at the start of the read-only data. */
extern const char __ehdr_start[];

#endif
