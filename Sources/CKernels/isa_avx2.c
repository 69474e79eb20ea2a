/// AVX2 and FMA: 16 registers of 8 floats hold a 6×16 tile, two columns of b and one element of a.
#if defined(__x86_64__)
#define LS_TABLE ls_kernels_avx2
#define LANES 8         // floats a vector
#define TILE_ROWS 6     // rows of a tile of the matrix product
#define TILE_VECTORS 2  // vectors a row of the tile
#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "pool_windows.h"
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "bodies/table.inc"
#pragma clang attribute pop
#endif
