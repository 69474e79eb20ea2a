/// Open MPI, as its pkg-config module `ompi-c` describes it. This header is empty on purpose: `mpi.h` is made of macros that Swift
/// cannot import, so only the shim's C file includes it.
