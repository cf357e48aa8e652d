/*
 * The layout of a program with nub, for both architectures (cpp makes nub.lds).
 *
 * The order on the linker's command line:
 *   crt1.o crti.o [the program] --start-group -lc nub.o libgcc.a libgcc_eh.a --end-group crtn.o
 * nub.o brings its entry, so no other object needs a special place.
 *
 * Virtual, physical and load addresses are the same, from 1 MiB on: a PV guest
 * is mapped at VIRT_BASE 0, and PVH loads by physical address.
 */
#ifdef __x86_64__
#define POINTER QUAD
OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
#else
#define POINTER LONG
OUTPUT_FORMAT(elf32-i386)
OUTPUT_ARCH(i386)
#endif

ENTRY(nub_start)

PHDRS
{
    rodata PT_LOAD FILEHDR PHDRS FLAGS(4);
    text PT_LOAD FLAGS(5);
    data PT_LOAD FLAGS(6);
    files PT_LOAD FLAGS(4); /* the last one: the image step replaces it */
    note PT_NOTE FLAGS(4);
    tls PT_TLS FLAGS(4);
    stack PT_GNU_STACK FLAGS(6);
}

SECTIONS
{
    . = 0x100000;
    __nub_rodata_start = .;
    . = . + SIZEOF_HEADERS;
    /* Alone in PT_NOTE: QEMU reads nothing else there. */
    .note.Xen : { KEEP(*(.note.Xen)) } :rodata :note
    .rodata :
    {
        *(.rodata .rodata.* .gnu.linkonce.r.*)
        . = ALIGN(8);
        __nub_devices_start = .;
        KEEP(*(.nub.devices))
        __nub_devices_end = .;
    } :rodata
    .eh_frame_hdr : { *(.eh_frame_hdr) }
    .eh_frame : { KEEP(*(.eh_frame)) }
    .gcc_except_table : { *(.gcc_except_table .gcc_except_table.*) }
    . = ALIGN(0x1000);
    __nub_rodata_end = .;

    __nub_text_start = .;
    .text :
    {
        KEEP(*(.text.entry))
        KEEP(*(.text.hypercall_page))
        *(.text.unlikely .text.*_unlikely .text.unlikely.*)
        *(.text.exit .text.exit.*)
        *(.text.startup .text.startup.*)
        *(.text.hot .text.hot.*)
        *(.text .stub .text.* .gnu.linkonce.t.*)
    } :text
    .init : { KEEP(*(SORT_NONE(.init))) }
    .fini : { KEEP(*(SORT_NONE(.fini))) }
    PROVIDE(__etext = .);
    PROVIDE(_etext = .);
    PROVIDE(etext = .);
    . = ALIGN(0x1000);
    __nub_text_end = .;

    __nub_data_start = .;
    .tdata : { *(.tdata .tdata.* .gnu.linkonce.td.*) } :data :tls
    .tbss : { *(.tbss .tbss.* .gnu.linkonce.tb.*) *(.tcommon) } :data :tls
    .preinit_array :
    {
        PROVIDE_HIDDEN(__preinit_array_start = .);
        KEEP(*(.preinit_array))
        PROVIDE_HIDDEN(__preinit_array_end = .);
    } :data
    .init_array : ALIGN(8)
    {
        PROVIDE_HIDDEN(__init_array_start = .);
        KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*) SORT_BY_INIT_PRIORITY(.ctors.*)))
        KEEP(*(.init_array EXCLUDE_FILE(*crtbegin.o *crtbegin?.o *crtend.o *crtend?.o) .ctors))
        /* The last of the constructors, so that the kernel knows when main() begins. */
        POINTER(__nub_before_main)
        PROVIDE_HIDDEN(__init_array_end = .);
    }
    .fini_array :
    {
        PROVIDE_HIDDEN(__fini_array_start = .);
        KEEP(*(SORT_BY_INIT_PRIORITY(.fini_array.*) SORT_BY_INIT_PRIORITY(.dtors.*)))
        KEEP(*(.fini_array EXCLUDE_FILE(*crtbegin.o *crtbegin?.o *crtend.o *crtend?.o) .dtors))
        PROVIDE_HIDDEN(__fini_array_end = .);
    }
    .data.rel.ro : { *(.data.rel.ro.local .data.rel.ro.local.*) *(.data.rel.ro .data.rel.ro.*) }
    .got : { *(.got) *(.igot) *(.got.plt) *(.igot.plt) }
    .data : { *(.data .data.* .gnu.linkonce.d.*) }
    PROVIDE(_edata = .);
    PROVIDE(edata = .);
    . = ALIGN(16);
    PROVIDE(__bss_start = .);
    .bss : { *(.bss .bss.* .gnu.linkonce.b.*) *(COMMON) }
    PROVIDE(_end = .);
    PROVIDE(end = .);
    . = ALIGN(0x1000);
    __nub_data_end = .;

    .nub.files : { KEEP(*(.nub.files)) } :files

    /DISCARD/ : { *(.note.GNU-stack) *(.note.gnu.property) *(.gnu.warning.*) }
}
