/*
 * The program's first stack, as the System V ABI and Linux lay it out: argc,
 * argv, envp, the auxiliary vector, and behind them what they point to.
 */
#include <arch.h>
#include <boot/boot.h>
#include <environment/command_line.h>
#include <environment/variables.h>
#include <image.h>
#include <memory/areas.h>
#include <threads/thread.h>

/* The auxiliary vector's types (Linux's uapi/linux/auxvec.h). */
enum {
    AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_BASE = 7,
    AT_FLAGS = 8, AT_ENTRY = 9, AT_UID = 11, AT_EUID = 12, AT_GID = 13, AT_EGID = 14,
    AT_PLATFORM = 15, AT_HWCAP = 16, AT_CLKTCK = 17, AT_SECURE = 23, AT_RANDOM = 25,
    AT_EXECFN = 31,
};

/* crt1.o's, of the program's libc. */
extern void _start(void);

/* The first part of the ELF header, in the width of the image. */
struct elf_header {
    unsigned char ident[16];
    uint16_t type, machine;
    uint32_t version;
    uintptr_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum;
};

/* It gets its memory as it is used. Below it is a page that nobody may touch. */
static uintptr_t make_stack(void)
{
    uintptr_t guard = areas_place(FIRST_STACK_SIZE + PAGE_SIZE), start = guard + PAGE_SIZE;

    if (!guard || !areas_map(guard, PAGE_SIZE, 0) || !areas_map(start, FIRST_STACK_SIZE, MAY_READ | MAY_WRITE))
        panic("out of memory: no stack of %lu KiB for the program", FIRST_STACK_SIZE / 1024);
    return first_stack_end = start + FIRST_STACK_SIZE;
}

/* Copies a string to below `top`, and answers where it is. */
static uintptr_t push_string(uintptr_t top, const char *text)
{
    size_t size = strlen(text) + 1;

    memcpy((void *)(top - size), text, size);
    return top - size;
}

NORETURN void process_start(void)
{
    const struct elf_header *header = (const void *)__ehdr_start;
    uintptr_t strings[MOST_ARGUMENTS], values[MOST_VARIABLES];
    uintptr_t top, random, platform, *word;
    struct registers r;
    size_t words;

    top = make_stack() - 16;
    for (size_t i = 0; i < argument_count; i++)
        strings[i] = top = push_string(top, arguments[i]);
    for (size_t i = 0; i < variable_count; i++)
        values[i] = top = push_string(top, variables[i]);
    platform = top = push_string(top, ARCH_MACHINE);
    random = top = ROUND_DOWN(top - 16, 16UL);
    random_fill_early((void *)random, 16);

    const uintptr_t auxiliary[][2] = {
        { AT_PHDR, (uintptr_t)header + header->phoff },
        { AT_PHENT, header->phentsize },
        { AT_PHNUM, header->phnum },
        { AT_PAGESZ, PAGE_SIZE },
        { AT_BASE, 0 },
        { AT_FLAGS, 0 },
        { AT_ENTRY, (uintptr_t)_start },
        { AT_UID, 0 }, { AT_EUID, 0 }, { AT_GID, 0 }, { AT_EGID, 0 },
        { AT_SECURE, 0 },
        { AT_HWCAP, cpuid(1).d },
        { AT_CLKTCK, 100 },
        { AT_PLATFORM, platform },
        { AT_RANDOM, random },
        { AT_EXECFN, strings[0] },
        { AT_NULL, 0 },
    };

    words = 1 + argument_count + 1 + variable_count + 1 + 2 * COUNT_OF(auxiliary);
    top = ROUND_DOWN(top - words * sizeof(*word), 16UL);
    word = (uintptr_t *)top;
    *word++ = argument_count;
    for (size_t i = 0; i < argument_count; i++)
        *word++ = strings[i];
    *word++ = 0;
    for (size_t i = 0; i < variable_count; i++)
        *word++ = values[i];
    *word++ = 0;
    memcpy(word, auxiliary, sizeof(auxiliary));
    registers_for_program(&r, (uintptr_t)_start, top);
    kernel_leave(&r);
    cpu_start_vectors();
    cpu_enter_program(&r);
}
