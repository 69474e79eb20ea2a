/// The parts of a file that hold something.
#ifndef LOCKSTEP_HDF5_PARTS_H
#define LOCKSTEP_HDF5_PARTS_H

#include <stdbool.h>

#include "findings.h"
#include "shim.h"

/// The attributes of a group or a dataset that are text or numbers.
void put_attributes(struct findings *findings, hid_t object);
/// The elements of a dataset.
struct elements {
    char kind;
    bool is_big_endian;
    int rank;
    hsize_t shape[H5S_MAX_RANK];
    /// Bytes of one element, and of all.
    size_t size, bytes;
    void *values;
};

/// Why there are no elements: the damage, or what is not supported. Both are NULL if there are elements.
struct obstacle {
    const char *damage, *unsupported;
};

/// Reads a dataset's elements, but puts nothing.
struct obstacle read_elements(struct findings *findings, hid_t dataset, struct elements *elements);
/// Puts elements, and frees them.
void put_elements(struct findings *findings, struct elements *elements);

#endif
