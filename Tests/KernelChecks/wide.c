/// The code of AVX-512, with its vectors of 16 floats and its tile, compiled for AVX2. So machines without AVX-512 check
/// it too.
#if defined(__x86_64__)
#define LS_TABLE wide_kernels
#define LS_TARGET "avx2,fma"
// Functions that take such vectors are all inlined, so that how they would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"
#include "../../Sources/CKernels/isa_avx512.c"
#else
typedef int nothing_here;
#endif
