/// Pools over images: the largest element (CKernels.h) or the mean of each window. Channels lie innermost, so that
/// vectors hold channels.
#ifndef LOCKSTEP_LS_POOL_H
#define LOCKSTEP_LS_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "ls_patches.h"

typedef struct ls_pool {
    ls_window y, x;
    size_t channels;
} ls_pool;

/// The mean of each window, over its places inside the image.
void ls_average_pool(ls_pool pool, size_t images, const float *_Nonnull input, float *_Nonnull output);
/// Divides each gradient among its window's places; overwrites dx.
void ls_average_pool_gradient(ls_pool pool, size_t images, const float *_Nonnull dy, float *_Nonnull dx);

#endif
