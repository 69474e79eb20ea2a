/// What the shim's files share.
#ifndef LOCKSTEP_HDF5_SHIM_H
#define LOCKSTEP_HDF5_SHIM_H

/// Newer libraries then have the functions of version 1.10 under the same names.
#define H5_USE_110_API
#include <hdf5.h>
#include <stddef.h>

/// A lock, because libhdf5 has one state for the whole process. It is held while libhdf5 writes, and during `fork`.
void ls_hdf5_lock(void);
void ls_hdf5_unlock(void);

/// The innermost cause of what failed last; an empty text if nothing did.
void ls_hdf5_cause(char *text, size_t capacity);

/// The child's work: walks a file's bytes, or the members named, and writes what it finds.
_Noreturn void ls_hdf5_walk_image(const void *image, size_t size, const char *members, size_t count, int to);

#endif
