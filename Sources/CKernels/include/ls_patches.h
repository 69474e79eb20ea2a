/// The patches of images as a matrix: a row for each position of the kernel's window over each image, a column for each
/// tap of the window and each channel, `column = (tap_y · taps_x + tap_x) · channels + channel`. A convolution is this
/// matrix times the kernel. The product reads the matrix from the images; it never lies in memory as a whole.
#ifndef LOCKSTEP_LS_PATCHES_H
#define LOCKSTEP_LS_PATCHES_H

#include <stdbool.h>
#include <stddef.h>

/// How the positions and taps of one dimension lead to places in the image:
/// `(position · step + tap · dilation + origin) / divisor`. Where the division is not exact, and outside the image,
/// there are zeros.
typedef struct ls_window {
    ptrdiff_t size;       ///< of the image
    ptrdiff_t positions;  ///< of the window
    ptrdiff_t taps;
    ptrdiff_t step, dilation, origin, divisor;
} ls_window;

typedef struct ls_patches {
    const float *_Nonnull images;  ///< [images, y.size, x.size, channels]
    size_t channels;
    ls_window y, x;
    const float *_Nonnull zeros;  ///< As many zeros as there are channels.
} ls_patches;

/// The channels at the place that a position and a tap lead to in an image; zeros outside the image.
static inline const float *_Nonnull ls_patch(const ls_patches *_Nonnull patches, size_t image, ptrdiff_t position_y,
                                             ptrdiff_t position_x, ptrdiff_t tap_y, ptrdiff_t tap_x) {
    const ls_window y = patches->y, x = patches->x;
    ptrdiff_t place_y = position_y * y.step + tap_y * y.dilation + y.origin;
    ptrdiff_t place_x = position_x * x.step + tap_x * x.dilation + x.origin;
    if (y.divisor != 1 || x.divisor != 1) {
        if (place_y % y.divisor != 0 || place_x % x.divisor != 0) return patches->zeros;
        place_y /= y.divisor;
        place_x /= x.divisor;
    }
    if (place_y < 0 || place_y >= y.size || place_x < 0 || place_x >= x.size) return patches->zeros;
    return patches->images + ((image * (size_t)y.size + (size_t)place_y) * (size_t)x.size + (size_t)place_x) * patches->channels;
}

/// Copies the images [first, last) into padded images, which hold exactly the places that the windows reach. Places
/// outside the original image are zeros.
///
/// Returns the patches of the padded images, which keep their numbers. No window leaves its padded image. The windows'
/// divisors must be 1, and their dilations positive.
ls_patches ls_padded(ls_patches patches, size_t first, size_t last, float *_Nonnull images);
/// The elements of one padded image.
size_t ls_padded_size(const ls_patches *_Nonnull patches);
/// The share of all positions' taps that lie inside the images.
double ls_share_inside(const ls_patches *_Nonnull patches);
/// Whether windows leave their images; their divisors must be 1.
bool ls_needs_padding(const ls_patches *_Nonnull patches);

#endif
