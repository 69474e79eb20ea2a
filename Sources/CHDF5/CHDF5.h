/// HDF5, as its pkg-config module `hdf5-serial` describes it. This header is empty on purpose: `hdf5.h` is made of macros that Swift
/// cannot import, so only the shim's C files include it.
