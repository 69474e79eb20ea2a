/// AVX-512: 32 registers of 16 floats hold a 14×32 tile.
#if defined(__x86_64__)
#define LS_TABLE ls_kernels_avx512
#define LANES 16         // floats a vector
#define TILE_ROWS 14     // rows of a tile of the matrix product
#define TILE_VECTORS 2  // vectors a row of the tile
#define HAS_MASKS       // loads and stores of some lanes in one instruction
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "pool_windows.h"
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#include "bodies/table.inc"
#pragma clang attribute pop
#endif
