/// The products that packing and multiplying are tried on.
#include <stdio.h>

#include "check.h"

/// Images and a window over them: stride and padding; gaps between taps; and the transposed kind, whose places divide by the stride; no
/// padding, narrow and with more channels than a tile has columns.
static const struct geometry {
    size_t images, channels;
    ls_window y, x;
} geometries[] = {
    {1, 1, {.size = 1, .positions = 1, .taps = 1, .step = 1, .dilation = 1, .divisor = 1},
     {.size = 1, .positions = 1, .taps = 1, .step = 1, .dilation = 1, .divisor = 1}},
    {2, 3, {.size = 6, .positions = 4, .taps = 3, .step = 1, .dilation = 1, .divisor = 1},
     {.size = 7, .positions = 4, .taps = 3, .step = 2, .dilation = 1, .origin = -1, .divisor = 1}},
    {2, 41, {.size = 5, .positions = 3, .taps = 3, .step = 1, .dilation = 1, .divisor = 1},
     {.size = 5, .positions = 5, .taps = 3, .step = 1, .dilation = 2, .origin = -2, .divisor = 1}},
    {3, 8, {.size = 4, .positions = 8, .taps = 3, .step = 1, .dilation = -1, .origin = 1, .divisor = 2},
     {.size = 3, .positions = 9, .taps = 2, .step = 1, .dilation = -1, .divisor = 3}},
    {2, 1, {.size = 6, .positions = 4, .taps = 3, .step = 1, .dilation = 1, .divisor = 1},
     {.size = 7, .positions = 5, .taps = 3, .step = 1, .dilation = 1, .divisor = 1}},
    {1, 37, {.size = 5, .positions = 2, .taps = 3, .step = 2, .dilation = 1, .divisor = 1},
     {.size = 6, .positions = 4, .taps = 3, .step = 1, .dilation = 1, .divisor = 1}},
};

/// The place in an image that a tap leads to, or -1: the one that the definition holds for.
static ptrdiff_t place(ls_window window, ptrdiff_t position, ptrdiff_t tap) {
    for (ptrdiff_t place = 0; place < window.size; place++) {
        if (place * window.divisor == position * window.step + tap * window.dilation + window.origin) return place;
    }
    return -1;
}

float element_of(const ls_operand *operand, size_t row, size_t column) {
    const ls_patches *patches = operand->patches;
    if (operand->part_rows) {
        const size_t part = row / operand->part_rows, rest = row % operand->part_rows;
        return operand->data[part * operand->part_stride + rest + column * operand->column_stride];
    }
    if (!patches) return operand->data[row * operand->row_stride + column * operand->column_stride];
    if (operand->row_stride == 1) {
        const ls_operand exchanged = {operand->data, 0, 1, .patches = patches};
        return element_of(&exchanged, column, row);
    }
    const size_t channel = column % patches->channels, tap = column / patches->channels;
    const size_t across = (size_t)patches->x.positions, down = (size_t)patches->y.positions, taps = (size_t)patches->x.taps;
    const ptrdiff_t x = place(patches->x, (ptrdiff_t)(row % across), (ptrdiff_t)(tap % taps));
    const ptrdiff_t y = place(patches->y, (ptrdiff_t)(row / across % down), (ptrdiff_t)(tap / taps));
    if (x < 0 || y < 0) return 0;
    const size_t image = row / across / down;
    return patches->images[((image * (size_t)patches->y.size + (size_t)y) * (size_t)patches->x.size + (size_t)x) * patches->channels +
                           channel];
}

static ls_operand matrix(size_t place, size_t rows, size_t columns, bool transposed) {
    return (ls_operand){sample(place, rows * columns), transposed ? 1 : columns, transposed ? rows : 1, .patches = NULL};
}

/// A matrix in parts of some rows, each of them transposed.
static ls_operand parts(size_t place, size_t rows, size_t columns, size_t part_rows) {
    const size_t count = (rows + part_rows - 1) / part_rows;
    return (ls_operand){sample(place, count * part_rows * columns), 1, part_rows, NULL, part_rows, part_rows * columns};
}

/// Every other product has a bias.
static void attempt_product(subject *subject, ls_product product, void (*attempt)(struct subject *, const ls_product *, const char *)) {
    char name[150];
    product.c_stride = product.columns + 3;
    product.c = blank(3, product.rows * product.c_stride);
    if ((product.rows + product.columns) % 2 != 0) product.bias = sample(2, product.columns);
    snprintf(name, sizeof name, "%zu×%zu×%zu%s%s%s%s%s", product.rows, product.columns, product.depth,
             product.a.row_stride == 1 ? ", a transposed" : "", product.b.row_stride == 1 ? ", b transposed" : "",
             product.a.patches ? ", a patches" : "", product.b.part_rows ? ", b in parts" : "", product.bias ? ", bias" : "");
    attempt(subject, &product, name);
}

void each_product(subject *subject, bool with_patches, void (*attempt)(struct subject *, const ls_product *, const char *)) {
    const size_t r = subject->kernels->tile_rows, c = subject->kernels->tile_columns, d = subject->kernels->depth_block;
    const size_t rows[] = {0, 1, r - 1, r, r + 1, 29}, columns[] = {0, 1, c - 1, c, c + 1, 37};
    const size_t depths[] = {0, 1, 7, d, d + 1, 2 * d + 3};
    EACH(row, rows) EACH(column, columns) EACH(depth, depths) {
        for (int transposed = 0; transposed < 4; transposed++) {
            const ls_operand a = matrix(0, *row, *depth, transposed & 1), b = matrix(1, *depth, *column, transposed & 2);
            attempt_product(subject, (ls_product){.rows = *row, .columns = *column, .depth = *depth, .a = a, .b = b}, attempt);
        }
    }
    if (!with_patches) return;
    EACH(at, geometries) {
        const size_t pixels = at->images * (size_t)(at->y.size * at->x.size), taps = (size_t)(at->y.taps * at->x.taps) * at->channels;
        const size_t positions = at->images * (size_t)(at->y.positions * at->x.positions);
        float *zeros = blank(4, at->channels);
        for (size_t i = 0; i < at->channels; i++) zeros[i] = 0;
        const ls_patches patches = {sample(5, pixels * at->channels), at->channels, at->y, at->x, zeros};
        const ls_operand image = {patches.images, 0, 1, .patches = &patches}, exchanged = {patches.images, 1, 0, .patches = &patches};
        const ls_product forward = {.rows = positions, .columns = 7, .depth = taps, .a = image, .b = matrix(1, taps, 7, false)};
        attempt_product(subject, forward, attempt);
        const size_t columns[] = {1, c - 1, c, c + 1}, part_rows[] = {1, 3, 16, 37};
        EACH(column, columns) EACH(rows, part_rows) {
            const ls_operand b = parts(1, taps, *column, *rows);
            attempt_product(
                subject, (ls_product){.rows = positions, .columns = *column, .depth = taps, .a = image, .b = b}, attempt);
        }
        const ls_product gradient = {.rows = taps, .columns = 5, .depth = positions, .a = exchanged, .b = matrix(1, positions, 5, false)};
        attempt_product(subject, gradient, attempt);
    }
}
