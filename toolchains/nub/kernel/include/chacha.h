/*
 * ChaCha's permutation of 512 bits (Bernstein 2008): twenty rounds.
 */
#ifndef CHACHA_H
#define CHACHA_H

#include <nub.h>

#define CHACHA_WORDS 16

void chacha_permute(uint32_t words[CHACHA_WORDS]);

#endif
