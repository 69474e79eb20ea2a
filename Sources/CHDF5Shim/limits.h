/// The child's limits. It must not take more time or memory than a sound file of the same size would.
#ifndef LOCKSTEP_HDF5_LIMITS_H
#define LOCKSTEP_HDF5_LIMITS_H

#include <stddef.h>

/// Sets the limits for all but datasets' elements.
void ls_hdf5_limit(size_t file_size);
/// Allows `bytes` bytes of memory for one dataset, and the time to read them.
void ls_hdf5_allow(size_t bytes);

#endif
