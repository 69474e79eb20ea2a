/// Addresses of objects that the walk has met.
#ifndef LOCKSTEP_HDF5_SEEN_H
#define LOCKSTEP_HDF5_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A table of addresses plus one, 0 where there is none; empty when it is zeros.
struct seen {
    uint64_t *table;
    size_t capacity, count;
};

/// Whether the address is new.
bool seen_add(struct seen *seen, uint64_t address);

#endif
