/*
 * What every chapter needs: the C types, the size of a page, and the few
 * functions of lib/ that compilers and people take for granted.
 */
#ifndef NUB_H
#define NUB_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <version.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096UL
#define PAGE_MASK (PAGE_SIZE - 1)

#define LARGE_PAGE_SHIFT 21
#define LARGE_PAGE_SIZE (1UL << LARGE_PAGE_SHIFT)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The sizes are powers of two everywhere in this kernel. */
#define ROUND_DOWN(value, size) ((value) & ~((size) - 1))
#define ROUND_UP(value, size) (((value) + (size) - 1) & ~((size) - 1))

#define NORETURN __attribute__((noreturn))
#define PACKED __attribute__((packed))
#define ALIGNED(n) __attribute__((aligned(n)))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

static inline uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* Keeps the compiler from moving memory accesses over this point. x86 orders
 * the rest itself for what is shared with a hypervisor on one processor. */
static inline void barrier(void) { __asm__ volatile("" ::: "memory"); }

/* lib/string.c */
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);

/* lib/format.c: %s %c %d %i %u %x %p %%, with l, ll, z, a width, '0' and '-'. */
size_t format(char *to, size_t size, const char *text, ...) PRINTF_LIKE(3, 4);
size_t format_list(char *to, size_t size, const char *text, va_list list);

/* Every chapter may have something to say, or fail; so these two are declared
 * at the bottom, although they are kept further up. */

/* console/console.c: prints a line or a part of one for the reader at the console. */
void print(const char *text, ...) PRINTF_LIKE(1, 2);

/* panic/panic.c: the end of a kernel, or of a program, that cannot go on. */
NORETURN void panic(const char *text, ...) PRINTF_LIKE(1, 2);

#endif
