/// The parts of a file that hold something.
#ifndef LOCKSTEP_HDF5_PARTS_H
#define LOCKSTEP_HDF5_PARTS_H

#include "findings.h"
#include "shim.h"

/// All attributes of a group or a dataset.
void put_attributes(struct findings *findings, hid_t object);
/// The elements of a dataset.
void put_elements(struct findings *findings, hid_t dataset);

#endif
