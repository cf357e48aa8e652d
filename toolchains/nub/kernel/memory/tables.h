/*
 * Page tables: the one address space. Both architectures use 64-bit entries,
 * 512 to a table; x86_64 has four levels of them, i386 (PAE) three.
 */
#ifndef MEMORY_TABLES_H
#define MEMORY_TABLES_H

#include <arch.h>
#include <memory/pages.h>

/* What a mapping allows; the numbers of Linux's PROT_... */
#define MAY_READ 1u
#define MAY_WRITE 2u
#define MAY_EXECUTE 4u

#define NO_ADDRESS (~0UL)

/* The addresses for which the processor may remember an entry that has changed;
 * more than fit here mean all. */
#define MOST_STALE 16
struct stale {
    uintptr_t addresses[MOST_STALE];
    unsigned count;
};

/* Without the right to write, but not without any: whoever may write may read. */
static inline unsigned rights_unwritable(unsigned rights)
{
    return (rights & ~MAY_WRITE) | (rights & MAY_WRITE ? MAY_READ : 0);
}

/* How entries get written differs between a native guest and a PV guest. */
struct table_writer {
    uint64_t leaf; /* the bits of any entry for a page */
    uint64_t (*frame_of)(pfn page);
    pfn (*page_of)(uint64_t entry);
    /* The address is that of the page which the entry is for, or NO_ADDRESS. */
    void (*write)(uint64_t *slot, uint64_t value, uintptr_t address);
    /* Does what write() has put off, and makes the processor forget the entries
     * for some addresses, or all. */
    void (*commit)(const struct stale *stale);
    void (*adopt)(pfn table); /* before a page of entries becomes a table */
};

void tables_start(const struct table_writer *writer, pfn root);

/* How many pages have become tables since then; none stops being one. */
size_t tables_pages(void);

/* Maps a page, replacing what was there; false if there is no page for a table. */
bool tables_map(uintptr_t address, pfn page, unsigned rights);

/* Removes a mapping and returns its page, or NO_PAGE when nothing was mapped. */
pfn tables_unmap(uintptr_t address);

/* The page that is mapped at an address, though perhaps without rights, or NO_PAGE. */
pfn tables_page(uintptr_t address);

/* Of a page that another domain's frame is mapped at, tables_page() and tables_unmap()
 * answer this: the frame is none of our pages, and has none of their numbers. */
#define FOREIGN_PAGE (~0UL - 1)

/* An entry for a frame that is not ours, by the number that its table is to hold. */
uint64_t table_foreign_entry(uint64_t frame, unsigned rights);
void tables_map_foreign(uintptr_t address, uint64_t frame, unsigned rights); /* prepared */

/* The entry for a page, whose table is there, when somebody else is going to write it. */
const uint64_t *tables_about_to_change(uintptr_t address);

/* Makes what tables a range needs, so that mapping pages there cannot fail. */
bool tables_prepare(uintptr_t start, size_t size);

/* Changes the rights of a page that is mapped. */
void tables_protect(uintptr_t address, unsigned rights);

/* The rights at an address, 0 when nothing is mapped there. */
unsigned tables_rights(uintptr_t address);

/* The first mapped page's address in address..end-1, or end. */
uintptr_t tables_next(uintptr_t address, uintptr_t end);

/* Makes all changes since the last call effective. */
void tables_commit(void);

/* The entry of the last table but one, which covers 2 MiB; NULL if there is
 * no such table (and it may not, or cannot, be made). */
uint64_t *tables_large_slot(uintptr_t address, bool create);

/* Puts a page of 512 entries in the place for 2 MiB, or one large page. */
bool tables_install(uintptr_t address, pfn table);
bool tables_map_large(uintptr_t address, pfn first);

/* Entries for the use of whoever fills a table for tables_install. */
uint64_t table_entry(pfn page, unsigned rights);

/* Gives text, read-only data and data of the image the rights they are due,
 * and takes the first 64 KiB away, so that null pointers fault. */
void tables_protect_image(uintptr_t image_end);

#define NULL_GUARD_END 0x10000UL

#endif
