/// Oracle: a loop over the taps of each position, by the definition of patches.
#include "check.h"

/// Windows of convolutions, and then of their gradients by the images, whose divisors are strides.
static const struct {
    ls_window y, x;
} windows[] = {
    {{.size = 1, .positions = 1, .taps = 1, .step = 1, .dilation = 1, .divisor = 1},
     {.size = 7, .positions = 7, .taps = 3, .step = 1, .dilation = 1, .origin = -1, .divisor = 1}},
    {{.size = 5, .positions = 5, .taps = 3, .step = 1, .dilation = 1, .origin = -1, .divisor = 1},
     {.size = 12, .positions = 6, .taps = 3, .step = 2, .dilation = 1, .divisor = 1}},
    {{.size = 6, .positions = 2, .taps = 2, .step = 3, .dilation = 2, .divisor = 1},
     {.size = 9, .positions = 3, .taps = 5, .step = 2, .dilation = 1, .divisor = 1}},
    {{.size = 3, .positions = 3, .taps = 9, .step = 1, .dilation = 1, .origin = -4, .divisor = 1},
     {.size = 4, .positions = 4, .taps = 9, .step = 1, .dilation = 1, .origin = -4, .divisor = 1}},
    {{.size = 3, .positions = 5, .taps = 3, .step = 1, .dilation = -1, .origin = 1, .divisor = 2},
     {.size = 6, .positions = 11, .taps = 2, .step = 1, .dilation = -1, .origin = 0, .divisor = 2}},
    {{.size = 2, .positions = 6, .taps = 2, .step = 1, .dilation = -2, .origin = 0, .divisor = 3},
     {.size = 5, .positions = 10, .taps = 1, .step = 1, .dilation = -1, .origin = 0, .divisor = 3}},
};

enum { IMAGES = 2 };

/// Images with the places, the kernel or the gradient of a check.
static ls_patches patches_of(ls_window y, ls_window x, size_t channels) {
    float *zeros = blank(1, channels);
    for (size_t c = 0; c < channels; c++) zeros[c] = 0;
    return (ls_patches){sample(0, IMAGES * (size_t)(y.size * x.size) * channels), channels, y, x, zeros};
}

void check_depthwise(subject *subject) {
    EACH(window, windows) EACH(channels, counts) {
        if (*channels > 65) continue;
        const ls_window y = window->y, x = window->x;
        const ls_patches patches = patches_of(y, x, *channels);
        const size_t taps = (size_t)(y.taps * x.taps), lines = IMAGES * (size_t)y.positions, width = (size_t)x.positions * *channels;
        const float *kernel = sample(2, taps * *channels);
        float *output = blank(3, lines * width);
        // In two parts, as two threads would.
        subject->kernels->depthwise(&patches, kernel, 0, lines / 3, output);
        subject->kernels->depthwise(&patches, kernel, lines / 3, lines, output);
        for (size_t at = 0; at < lines * width; at++) {
            const size_t line = at / width, channel = at % *channels;
            const ptrdiff_t position = (ptrdiff_t)(at % width / *channels);
            double sum = 0;
            for (size_t tap = 0; tap < taps; tap++) {
                const float *place = ls_patch(&patches, line / (size_t)y.positions, (ptrdiff_t)line % y.positions, position,
                                              (ptrdiff_t)tap / x.taps, (ptrdiff_t)tap % x.taps);
                sum += (double)place[channel] * kernel[tap * *channels + channel];
            }
            expect(subject, output[at], sum, roundings(4 * (double)taps), "line %zu, position %td, channel %zu of %zu", line, position,
                   channel, *channels);
        }
    }
}

void check_depthwise_kernel_gradient(subject *subject) {
    EACH(window, windows) EACH(channels, counts) {
        if (*channels > 65 || window->x.divisor != 1) continue;
        const ls_window y = window->y, x = window->x;
        const ls_patches patches = patches_of(y, x, *channels);
        const size_t taps = (size_t)(y.taps * x.taps), lines = IMAGES * (size_t)y.positions, width = (size_t)x.positions * *channels;
        const float *dy = sample(2, lines * width);
        float *gradient = blank(3, taps * *channels);
        const size_t first = 1;
        subject->kernels->depthwise_kernel_gradient(&patches, dy, first, lines, gradient);
        for (size_t at = 0; at < taps * *channels; at++) {
            const size_t tap = at / *channels, channel = at % *channels;
            double sum = 0;
            for (size_t line = first; line < lines; line++) {
                for (ptrdiff_t position = 0; position < x.positions; position++) {
                    const float *place = ls_patch(&patches, line / (size_t)y.positions, (ptrdiff_t)line % y.positions, position,
                                                  (ptrdiff_t)tap / x.taps, (ptrdiff_t)tap % x.taps);
                    sum += (double)place[channel] * dy[line * width + (size_t)position * *channels + channel];
                }
            }
            expect(subject, gradient[at], sum, roundings(4 * (double)(lines * (size_t)x.positions)), "tap %zu, channel %zu of %zu", tap,
                   channel, *channels);
        }
    }
}
