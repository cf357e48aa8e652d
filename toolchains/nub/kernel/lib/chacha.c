/*
 * The permutation by columns and diagonals of a square of words.
 */
#include <chacha.h>

static inline uint32_t rotated(uint32_t word, int by)
{
    return word << by | word >> (32 - by);
}

static inline void quarter(uint32_t *w, int a, int b, int c, int d)
{
    w[a] += w[b];
    w[d] = rotated(w[d] ^ w[a], 16);
    w[c] += w[d];
    w[b] = rotated(w[b] ^ w[c], 12);
    w[a] += w[b];
    w[d] = rotated(w[d] ^ w[a], 8);
    w[c] += w[d];
    w[b] = rotated(w[b] ^ w[c], 7);
}

void chacha_permute(uint32_t words[CHACHA_WORDS])
{
    for (int round = 0; round < 20; round += 2) {
        for (int i = 0; i < 4; i++)
            quarter(words, i, 4 + i, 8 + i, 12 + i);
        for (int i = 0; i < 4; i++)
            quarter(words, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
}
