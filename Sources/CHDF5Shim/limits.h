/// The child's limits. Nothing it does may take more time or memory than a sound file of that size would.
#ifndef LOCKSTEP_HDF5_LIMITS_H
#define LOCKSTEP_HDF5_LIMITS_H

#include <stddef.h>

/// For all but datasets' elements.
void ls_hdf5_limit(size_t file_size);
/// Allows memory of so many bytes, for one dataset, and the time to read them.
void ls_hdf5_allow(size_t bytes);

#endif
