/// The machine's baseline: vectors of four floats, which the compiler translates as it can.
#define LS_TABLE ls_kernels_portable
#define LANES 4         // floats a vector
#define TILE_ROWS 4     // rows of a tile of the matrix product
#define TILE_VECTORS 2  // vectors a row of the tile
#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "pool_windows.h"
#include "bodies/table.inc"
