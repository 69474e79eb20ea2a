/// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC11): counter-based random numbers.
#ifndef LOCKSTEP_LS_RANDOM_H
#define LOCKSTEP_LS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/// The key of a stream of random 32-bit words. Words are numbered, so any part can be drawn in any order.
typedef struct ls_random_stream {
    uint64_t seed;
    uint32_t step;
    uint32_t purpose;
} ls_random_stream;

/// One block of four words.
void ls_philox(const uint32_t counter[_Nonnull 4], const uint32_t key[_Nonnull 2], uint32_t block[_Nonnull 4]);

/// The words [first, first + count) of a stream. Word i is the word `(i / 16) % 4` of the block
/// `(i / 64) · 16 + i % 16`, so that a vector of blocks gives vectors of consecutive words on every instruction set.
void ls_random_words(ls_random_stream stream, uint64_t first, size_t count, uint32_t *_Nonnull words);

#endif
