#include "ls_hash.h"

#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

/// Four chains side by side, since each multiplication waits for the last of its chain.
uint64_t ls_hash(const void *bytes, size_t count) {
    const unsigned char *p = bytes;
    uint64_t chains[4] = {count + 1, 2, 3, 4}, words[4];
    size_t rest = count;
    for (; rest >= sizeof words; rest -= sizeof words, p += sizeof words) {
        memcpy(words, p, sizeof words);
        for (int i = 0; i < 4; i++) chains[i] = mix(chains[i], words[i]);
    }
    if (rest > 0) {
        memset(words, 0, sizeof words);
        memcpy(words, p, rest);
        for (int i = 0; i < 4; i++) chains[i] = mix(chains[i], words[i]);
    }
    return mix(mix(mix(chains[0], chains[1]), chains[2]), chains[3]);
}
