#include "ls_patches.h"

#include <stdint.h>
#include <string.h>

/// How many places lie under the positions of the window, from the first tap of the first position to the last tap of
/// the last one. The dilation must be positive.
static ptrdiff_t extent(ls_window window) { return (window.positions - 1) * window.step + (window.taps - 1) * window.dilation + 1; }

/// Whether the first or the last position leaves the image, for a dilation of either sign.
static bool leaves(ls_window window) {
    const ptrdiff_t reach = (window.taps - 1) * window.dilation, last = (window.positions - 1) * window.step;
    return window.origin + (reach < 0 ? reach : 0) < 0 || window.origin + last + (reach > 0 ? reach : 0) >= window.size;
}

bool ls_needs_padding(const ls_patches *patches) { return leaves(patches->y) || leaves(patches->x); }

size_t ls_padded_size(const ls_patches *patches) { return (size_t)(extent(patches->y) * extent(patches->x)) * patches->channels; }

/// How many of a window's taps lie inside the image, added up over all positions.
static size_t taps_inside(ls_window window) {
    size_t inside = 0;
    for (ptrdiff_t position = 0; position < window.positions; position++) {
        for (ptrdiff_t tap = 0; tap < window.taps; tap++) {
            const ptrdiff_t place = position * window.step + tap * window.dilation + window.origin;
            inside += place >= 0 && place % window.divisor == 0 && place / window.divisor < window.size;
        }
    }
    return inside;
}

double ls_share_inside(const ls_patches *patches) {
    const double all = (double)(patches->y.positions * patches->y.taps) * (double)(patches->x.positions * patches->x.taps);
    return (double)taps_inside(patches->y) * (double)taps_inside(patches->x) / all;
}

ls_patches ls_padded(ls_patches patches, size_t first, size_t last, float *images) {
    const ls_window y = patches.y, x = patches.x;
    const size_t channels = patches.channels, width = (size_t)extent(x) * channels, size = ls_padded_size(&patches);
    // The places of a row that lie in the image: [from, to), counted from the origin.
    const ptrdiff_t from = x.origin < 0 ? -x.origin : 0, end = x.size - x.origin, to = end < extent(x) ? end : extent(x);
    for (size_t image = first; image < last; image++) {
        for (ptrdiff_t row = 0; row < extent(y); row++) {
            float *out = images + (image - first) * size + (size_t)row * width;
            const ptrdiff_t place = row + y.origin;
            memset(out, 0, width * sizeof *out);
            if (place < 0 || place >= y.size || to <= from) continue;
            const size_t source = (image * (size_t)y.size + (size_t)place) * (size_t)x.size + (size_t)(from + x.origin);
            memcpy(out + (size_t)from * channels, patches.images + source * channels, (size_t)(to - from) * channels * sizeof *out);
        }
    }
    ls_patches padded = patches;
    padded.y.size = extent(y);
    padded.x.size = extent(x);
    padded.y.origin = padded.x.origin = 0;
    // As if the images before the first were there too. It is computed as a number, because the pointer lies outside
    // the memory that it points into.
    padded.images = (const float *)((uintptr_t)images - first * size * sizeof *images);
    return padded;
}
