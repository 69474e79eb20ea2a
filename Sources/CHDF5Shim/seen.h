/// Addresses of objects that the walk has met.
#ifndef LOCKSTEP_HDF5_SEEN_H
#define LOCKSTEP_HDF5_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A table of addresses plus 1; a 0 is a free place. A structure of zeros is an empty table.
struct seen {
    uint64_t *table;
    size_t capacity, count;
};

/// Adds an address; returns whether it is new.
bool seen_add(struct seen *seen, uint64_t address);

#endif
