/// A fast fingerprint of memory, to see whether ranks hold the same; not for anything that must resist an adversary.
#ifndef LOCKSTEP_LS_HASH_H
#define LOCKSTEP_LS_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t ls_hash(const void *_Nullable bytes, size_t count);

#endif
