/*
 * What is kept of single pages: a small number for each. Most pages never need
 * one, so the pieces of the table come when they do.
 */
#ifndef MEMORY_PAGE_MARKS_H
#define MEMORY_PAGE_MARKS_H

#include <memory/pages.h>

/* The page's number, which is 0 at first; NULL while that piece of the table
 * is missing. */
uint16_t *page_mark(pfn page);

/* Makes a page full of zeroes part of the table, towards another page's
 * number. Two may be needed until that is there. */
void page_marks_extend(pfn towards, pfn zeroes);

#endif
