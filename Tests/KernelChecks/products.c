/// Oracle: a naive loop in double precision. Tolerance: the rounding error that a float sum of that depth can have.
#include <math.h>
#include <stdlib.h>

#include "check.h"

/// Where the rows of a come from.
typedef enum row_source { PACKED, DIRECT, GATHERED } row_source;

/// A product by panels, each half of its row panels, packed or where they are, with each half of its column panels.
static void multiply_in_panels(const ls_kernels *kernels, const ls_product *product, row_source source) {
    const size_t rows = (product->rows + kernels->tile_rows - 1) / kernels->tile_rows;
    const size_t columns = (product->columns + kernels->tile_columns - 1) / kernels->tile_columns;
    const size_t row_ends[] = {0, rows / 2, rows}, column_ends[] = {0, columns / 2, columns};
    size_t start = 0;
    do {  // once, for a depth of zero
        const ls_depth depth = {start, start + kernels->depth_block < product->depth ? start + kernels->depth_block : product->depth};
        const size_t part = depth.last - depth.first;
        for (size_t i = 0; i < 2; i++) {
            const size_t r0 = row_ends[i], r1 = row_ends[i + 1];
            float *packed_rows = blank(6, source == DIRECT ? 0 : (r1 - r0) * kernels->tile_rows * part);
            if (source != DIRECT) (source == PACKED ? kernels->pack_rows : kernels->pack_gathered)(product, r0, r1, depth, packed_rows);
            for (size_t j = 0; j < 2; j++) {
                const size_t c0 = column_ends[j], c1 = column_ends[j + 1];
                float *packed_columns = blank(7, (c1 - c0) * kernels->tile_columns * part);
                kernels->pack_columns(product, c0, c1, depth, packed_columns);
                if (source == DIRECT) {
                    kernels->multiply_direct(product, packed_columns, r0, r1, c0, c1, depth);
                } else {
                    kernels->multiply_packed(product, packed_rows, packed_columns, r0, r1, c0, c1, depth);
                }
            }
        }
        start = depth.last;
    } while (start < product->depth);
}

static void compare(subject *subject, const ls_product *product, const char *name) {
    for (size_t i = 0; i < product->rows; i++) {
        for (size_t j = 0; j < product->c_stride; j++) {
            const double received = product->c[i * product->c_stride + j];
            double sum = j < product->columns ? 0 : NAN, size = 0;  // between two rows of c nothing is written
            if (j < product->columns && product->bias) sum = product->bias[j];
            for (size_t k = 0; j < product->columns && k < product->depth; k++) {
                const double term = (double)element_of(&product->a, i, k) * (double)element_of(&product->b, k, j);
                sum += term;
                size += fabs(term);
            }
            const double tolerance = (size + fabs(sum)) * (double)(product->depth + 1) * 0x1p-24;
            expect(subject, received, sum, tolerance, "(%zu, %zu) of %s", i, j, name);
        }
    }
}

static void compare_with_packed(subject *subject, const ls_product *product, const char *name) {
    ls_product packed = *product;
    packed.c = blank(5, product->rows * product->c_stride);
    multiply_in_panels(subject->kernels, &packed, PACKED);
    for (size_t i = 0; i < product->rows * product->c_stride; i++) {
        expect(subject, product->c[i], packed.c[i], 0, "element %zu of %s, compared with packed", i, name);
    }
}

static void attempt_packed(subject *subject, const ls_product *product, const char *name) {
    if (product->a.patches) return;  // which are not packed
    multiply_in_panels(subject->kernels, product, PACKED);
    compare(subject, product, name);
}

/// It must also have the bits of the packed way.
static void attempt_direct(subject *subject, const ls_product *product, const char *name) {
    if (product->a.column_stride != 1) return;
    multiply_in_panels(subject->kernels, product, DIRECT);
    compare(subject, product, name);
    if (!product->a.patches) compare_with_packed(subject, product, name);
}

/// It must also have the bits of the packed way.
static void attempt_small(subject *subject, const ls_product *product, const char *name) {
    subject->kernels->multiply_small(product, 0, product->rows / 2);
    subject->kernels->multiply_small(product, product->rows / 2, product->rows);
    compare(subject, product, name);
    compare_with_packed(subject, product, name);
}

void check_multiply_packed(subject *subject) { each_product(subject, true, attempt_packed); }

/// Images that windows leave are padded first, the two halves of them by themselves, so that this is checked too.
static void attempt_gathered(subject *subject, const ls_product *product, const char *name) {
    const ls_patches *patches = product->a.patches;
    if (!patches || product->a.row_stride != 1 || patches->x.divisor != 1 || patches->y.divisor != 1) return;
    ls_product gathered = *product;
    ls_patches padded = *patches;
    gathered.a.patches = &padded;
    const size_t images = product->depth / (size_t)(patches->x.positions * patches->y.positions), half = images / 2;
    if (ls_needs_padding(patches)) {
        const size_t size = ls_padded_size(patches);
        float *place = blank(8, images * size);
        padded = ls_padded(*patches, 0, images, place);
        ls_padded(*patches, half, images, place + half * size);
        expect(subject, ls_needs_padding(&padded), false, 0, "padding of %s", name);
    }
    multiply_in_panels(subject->kernels, &gathered, GATHERED);
    compare(subject, product, name);
}

/// Image by image and all at once.
static void attempt_images(subject *subject, const ls_product *product, const char *name) {
    const ls_patches *patches = product->a.patches;
    if (!patches || product->a.column_stride != 1) return;
    const ls_kernels *kernels = subject->kernels;
    const size_t images = product->rows / (size_t)(patches->y.positions * patches->x.positions);
    const size_t panels = (product->columns + kernels->tile_columns - 1) / kernels->tile_columns;
    float *packed = blank(7, panels * kernels->tile_columns * product->depth);
    kernels->pack_columns(product, 0, panels, (ls_depth){0, product->depth}, packed);
    // Its rows of c lie one behind the other.
    ls_product close = *product;
    close.c_stride = product->columns;
    close.c = blank(3, product->rows * product->columns);
    for (size_t image = 0; image < images; image++) kernels->multiply_images(&close, packed, image, image + 1);
    compare(subject, &close, name);
    close.c = blank(3, product->rows * product->columns);
    kernels->multiply_images(&close, packed, 0, images);
    compare(subject, &close, name);
}

/// The sum of the packed products of some leaves, in pairs of pairs: recursion instead of a counter.
static void sum_leaves(subject *subject, const ls_product *product, const size_t *bounds, size_t first, size_t last, float *sum) {
    const size_t count = product->rows * product->c_stride;
    if (last - first == 1) {
        ls_product leaf = *product;
        leaf.a.data += bounds[first] * leaf.a.column_stride;
        leaf.b.data += bounds[first] * leaf.b.row_stride;
        leaf.depth = bounds[last] - bounds[first];
        leaf.c = blank(8, count);
        multiply_in_panels(subject->kernels, &leaf, PACKED);
        for (size_t i = 0; i < count; i++) sum[i] = leaf.c[i];
        return;
    }
    size_t half = 1;
    while (2 * half < last - first) half *= 2;
    float *other = malloc((count + 1) * sizeof *other);
    sum_leaves(subject, product, bounds, first, first + half, sum);
    sum_leaves(subject, product, bounds, first + half, last, other);
    for (size_t i = 0; i < count; i++) sum[i] += other[i];
    free(other);
}

/// Oracle: the packed products of the leaves by themselves, whose sums must have the same bits.
static void attempt_leaves(subject *subject, const ls_product *product, const char *name) {
    if (product->bias || product->depth == 0) return;
    const ls_kernels *kernels = subject->kernels;
    const size_t rows = (product->rows + kernels->tile_rows - 1) / kernels->tile_rows;
    const size_t columns = (product->columns + kernels->tile_columns - 1) / kernels->tile_columns;
    const ls_depth depth = {0, product->depth};
    float *sum = malloc((product->rows * product->c_stride + 1) * sizeof *sum);
    for (size_t count = 1; count <= 9; count++) {
        float *packed_rows = blank(6, rows * kernels->tile_rows * product->depth);
        float *packed_columns = blank(7, columns * kernels->tile_columns * product->depth);
        kernels->pack_rows(product, 0, rows, depth, packed_rows);
        kernels->pack_columns(product, 0, columns, depth, packed_columns);
        size_t bounds[10];
        for (size_t i = 0; i <= count; i++) bounds[i] = product->depth * i / count;
        ls_product whole = *product;
        whole.c = blank(3, product->rows * product->c_stride);
        const size_t half = rows / 2;
        const ls_leaves leaves = {bounds, count, 1};
        kernels->multiply_leaves(&whole, packed_rows, packed_columns, 0, half, 0, columns, leaves);
        kernels->multiply_leaves(
            &whole, packed_rows + half * kernels->tile_rows * product->depth, packed_columns, half, rows, 0, columns, leaves);
        sum_leaves(subject, product, bounds, 0, count, sum);
        for (size_t i = 0; i < product->rows * product->c_stride; i++) {
            expect(subject, whole.c[i], sum[i], 0, "element %zu of %s in %zu leaves", i, name, count);
        }
    }
    free(sum);
}

/// Whole panels of columns alone; the others' elements of c stay as they are.
static void attempt_unpacked(subject *subject, const ls_product *product, const char *name) {
    const size_t tile = subject->kernels->tile_columns, panels = product->columns / tile;
    if (product->a.column_stride != 1 || product->a.patches || product->b.column_stride != 1 || product->b.row_stride < tile) return;
    subject->kernels->multiply_unpacked(product, 0, panels / 2);
    subject->kernels->multiply_unpacked(product, panels / 2, panels);
    ls_product whole = *product;
    whole.columns = panels * tile;
    compare(subject, &whole, name);
    whole.c = blank(5, product->rows * product->c_stride);
    multiply_in_panels(subject->kernels, &whole, PACKED);
    for (size_t i = 0; i < product->rows * product->c_stride; i++) {
        expect(subject, product->c[i], whole.c[i], 0, "element %zu of %s, compared with packed", i, name);
    }
}

static void attempt_vector(subject *subject, const ls_product *product, const char *name) {
    if (product->columns != 1 || product->a.column_stride != 1 || product->b.row_stride != 1) return;
    subject->kernels->multiply_vector(product, 0, product->rows / 2);
    subject->kernels->multiply_vector(product, product->rows / 2, product->rows);
    compare(subject, product, name);
}

void check_multiply_images(subject *subject) { each_product(subject, true, attempt_images); }
void check_pack_gathered(subject *subject) { each_product(subject, true, attempt_gathered); }
void check_multiply_leaves(subject *subject) { each_product(subject, false, attempt_leaves); }
void check_multiply_unpacked(subject *subject) { each_product(subject, false, attempt_unpacked); }
void check_multiply_vector(subject *subject) { each_product(subject, false, attempt_vector); }
void check_multiply_direct(subject *subject) { each_product(subject, true, attempt_direct); }
void check_multiply_small(subject *subject) { each_product(subject, false, attempt_small); }

/// What it computes nobody sees; how many operations it counts is in proportion to the rounds.
void check_multiply_add_peak(subject *subject) {
    const double one = subject->kernels->multiply_add_peak(1);
    expect(subject, subject->kernels->multiply_add_peak(0), 0, 0, "no rounds");
    expect(subject, one > 0, true, 0, "one round");
    expect(subject, subject->kernels->multiply_add_peak(1000), 1000 * one, 0, "1000 rounds");
}
