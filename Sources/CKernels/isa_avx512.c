/// AVX-512: 32 registers of 16 floats hold a 14×32 tile. Checks compile it for another target too.
#if defined(__x86_64__)
#ifndef LS_TARGET
#define LS_TABLE ls_kernels_avx512
#define LS_TARGET "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"
#define HAS_MASKS  // loads and stores of some lanes in one instruction
#endif
#define LANES 16         // floats a vector
#define TILE_ROWS 14     // rows of a tile of the matrix product
#define TILE_VECTORS 2  // vectors a row of the tile
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "pool_windows.h"
#pragma clang attribute push(__attribute__((target(LS_TARGET))), apply_to = function)
#include "bodies/table.inc"
#pragma clang attribute pop
#endif
