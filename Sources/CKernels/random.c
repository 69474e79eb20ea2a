#include "ls_random.h"

void ls_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t block[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    block[0] = c0;
    block[1] = c1;
    block[2] = c2;
    block[3] = c3;
}

/// The 64 words that begin at word `first`, a multiple of 64.
static void word_group(ls_random_stream stream, uint64_t first, uint32_t words[64]) {
    const uint32_t key[2] = {(uint32_t)stream.seed, (uint32_t)(stream.seed >> 32)};
    for (size_t i = 0; i < 16; i++) {
        const uint64_t number = first / 4 + i;
        const uint32_t counter[4] = {(uint32_t)number, (uint32_t)(number >> 32), stream.step, stream.purpose};
        uint32_t block[4];
        ls_philox(counter, key, block);
        for (size_t w = 0; w < 4; w++) words[w * 16 + i] = block[w];
    }
}

void ls_random_words(ls_random_stream stream, uint64_t first, size_t count, uint32_t *words) {
    uint32_t group[64];
    for (size_t i = 0; i < count; i++) {
        const uint64_t word = first + i;
        if (i == 0 || word % 64 == 0) word_group(stream, word - word % 64, group);
        words[i] = group[word % 64];
    }
}
