/// Oracle: the definition of packed panels, element by element.
#include <math.h>

#include "check.h"

/// Packs all blocks of the depth, the lower half of the panels and the upper one by themselves, of columns with and without their sums.
static void check_packing(subject *subject, ls_product product, const char *name, bool is_rows, bool with_sums) {
    const ls_kernels *kernels = subject->kernels;
    const size_t lines = is_rows ? product.rows : product.columns, tile = is_rows ? kernels->tile_rows : kernels->tile_columns;
    const size_t panels = (lines + tile - 1) / tile, ends[] = {0, panels / 2, panels};
    float *sums = blank(7, lines);
    if (with_sums) product.column_sums = sums;
    for (size_t start = 0; start < product.depth; start += kernels->depth_block) {
        const ls_depth depth = {start, start + kernels->depth_block < product.depth ? start + kernels->depth_block : product.depth};
        for (size_t half = 0; half < 2; half++) {
            const size_t first = ends[half], last = ends[half + 1];
            float *packed = blank(6, (last - first) * tile * (depth.last - depth.first));
            (is_rows ? kernels->pack_rows : kernels->pack_columns)(&product, first, last, depth, packed);
            for (size_t panel = first; panel < last; panel++) {
                for (size_t k = depth.first; k < depth.last; k++) {
                    for (size_t line = panel * tile; line < (panel + 1) * tile; line++, packed++) {
                        float expected = 0;
                        if (line < lines) expected = is_rows ? element_of(&product.a, line, k) : element_of(&product.b, k, line);
                        expect(subject, *packed, expected, 0, "line %zu at depth %zu of %s", line, k, name);
                    }
                }
            }
        }
    }
    for (size_t line = 0; with_sums && product.depth > 0 && line < lines; line++) {
        double sum = 0, size = 0;
        for (size_t k = 0; k < product.depth; k++) {
            const double value = element_of(&product.b, k, line);
            sum += value;
            size += fabs(value);
        }
        expect(subject, sums[line], sum, size * (double)product.depth * 0x1p-24, "sum of column %zu of %s", line, name);
    }
}

static void attempt_rows(subject *subject, const ls_product *product, const char *name) {
    check_packing(subject, *product, name, true, false);
}

static void attempt_columns(subject *subject, const ls_product *product, const char *name) {
    check_packing(subject, *product, name, false, false);
    if (!product->b.part_rows) check_packing(subject, *product, name, false, true);
}

void check_pack_rows(subject *subject) { each_product(subject, false, attempt_rows); }
void check_pack_columns(subject *subject) { each_product(subject, true, attempt_columns); }
