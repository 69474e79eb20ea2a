/// NEON: 32 registers of 4 floats hold an 8×12 tile.
#if defined(__aarch64__)
#define LS_TABLE ls_kernels_neon
#define LANES 4         // floats a vector
#define TILE_ROWS 8     // rows of a tile of the matrix product
#define TILE_VECTORS 3  // vectors a row of the tile
#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "pool_windows.h"
#include "bodies/table.inc"
#endif
