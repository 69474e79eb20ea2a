/// The vector kernels of Lockstep: one body for each concept, compiled once for each instruction set, and the table
/// that holds one instruction set's kernels. Matrices are row-major; sizes and strides count elements; `size_t` counts
/// may be 0.
///
/// A kernel never allocates and never starts a thread. The order of summation for one output depends on the depth
/// alone, never on the number of rows, the tile it falls into or the part of the work a thread was given.
#ifndef LOCKSTEP_CKERNELS_H
#define LOCKSTEP_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ls_activations.h"
#include "ls_counter.h"
#include "ls_hash.h"
#include "ls_losses.h"
#include "ls_lstm.h"
#include "ls_machine.h"
#include "ls_patches.h"
#include "ls_pool.h"
#include "ls_random.h"
#include "ls_range.h"
#include "ls_wire.h"

typedef enum ls_instruction_set {
    LS_PORTABLE,
    LS_NEON,
    LS_AVX2,
    LS_AVX512
} ls_instruction_set;

/// An operand in memory. As a matrix, its element (i, j) is `data[i * row_stride + j * column_stride]`; one of the
/// strides is 1. With `patches` it is the matrix of images' patches instead, which never lies in memory (ls_patches.h).
/// With `patches` and a `row_stride` of 1, it is the transpose of that matrix. With `part_rows`, b's rows lie in parts of so
/// many, `part_stride` apart: row i begins at `(i / part_rows) * part_stride + i % part_rows`. Only packing reads such an
/// operand, and sums no columns of it.
typedef struct ls_operand {
    const float *_Nonnull data;
    size_t row_stride, column_stride;
    const ls_patches *_Nullable patches;
    size_t part_rows, part_stride;
} ls_operand;

/// A product `c = a·b (+ bias)` with `a` rows×depth, `b` depth×columns and `c` row-major with `c_stride`.
typedef struct ls_product {
    size_t rows, columns, depth;
    ls_operand a, b;
    const float *_Nullable bias;  ///< One value for each column, or null.
    bool adds;                    ///< Adds to what c holds instead of beginning with the bias.
    float *_Nonnull c;
    size_t c_stride;
    size_t start;  ///< Where the sums begin in the depth; 0 unless a product is cut into parts of the depth.
    float *_Nullable column_sums;  ///< Packing writes the sum of each column of b over the depth here; or null.
} ls_product;

/// A part of the depth, [first, last).
typedef struct ls_depth {
    size_t first, last;
} ls_depth;

/// The leaves of a depth: parts that are summed by themselves before their sums are added in pairs. Leaf l is
/// [(bounds[l] − bounds[0])·unit, (bounds[l + 1] − bounds[0])·unit). There is at least one; some may be empty.
typedef struct ls_leaves {
    const size_t *_Nonnull bounds;
    size_t count, unit;
} ls_leaves;

/// Hyperparameters as float; `rest` is 1 − decay, rounded once from double as Keras does (1 − 0.999f is 5e-5 off).
typedef struct ls_optimizer_rates {
    float learning_rate, momentum, decay1, rest1, decay2, rest2, epsilon;
} ls_optimizer_rates;

/// What Nadam multiplies the mean and the gradient by, and the square that it divides by.
typedef struct ls_nadam_rates {
    float mean, gradient, square;
} ls_nadam_rates;

/// Ftrl's hyperparameters: the power of the sum is that of 1/learning rate, so 0.5 for a square root.
typedef struct ls_ftrl_rates {
    float learning_rate, power, l1, l2, shrinkage;
} ls_ftrl_rates;

/// What ScheduleFreeAdamW weighs the newest iterate with in the average of all, and what it multiplies squares by.
typedef struct ls_schedule_free_rates {
    float weight, square;
} ls_schedule_free_rates;

/// What Lamb multiplies the mean by, and the square.
typedef struct ls_lamb_rates {
    float mean, square;
} ls_lamb_rates;

/// The part of Adafactor's averages of squares that stays in a step, the rest, and what is added to squares.
typedef struct ls_adafactor_rates {
    float decay, rest, epsilon;
} ls_adafactor_rates;

/// What is done to a gradient before an optimizer's step: it is scaled, the slope of the penalty `l1·|w| + l2/2·w²` is
/// added, and it is clipped to ±limit.
typedef struct ls_gradient_terms {
    float scale, l1, l2, limit;
} ls_gradient_terms;

/// One instruction set's kernels.
typedef struct ls_kernels {
    // Matrix product: pack panels of `tile_rows` rows of a and `tile_columns` columns of b over a part of the depth,
    // multiply them.
    size_t tile_rows, tile_columns;
    /// The largest depth of a part. A column panel of this depth stays in the first-level cache while it is multiplied
    /// with all rows of a block.
    size_t depth_block;
    /// Row panels of that depth that stay in the second-level cache while they are multiplied with all columns.
    size_t row_panel_block;
    /// The most tiles of images and taps of a window that multiply_images takes.
    size_t image_tiles, image_taps;
    /// Packs the panels [first, last) of `a` one after the other; missing rows are zeros.
    void (*_Nonnull pack_rows)(const ls_product *_Nonnull, size_t first, size_t last, ls_depth, float *_Nonnull packed);
    /// Like pack_rows, for transposed patches. No window may leave its image.
    void (*_Nonnull pack_gathered)(const ls_product *_Nonnull, size_t first, size_t last, ls_depth, float *_Nonnull packed);
    /// Packs the panels [first, last) of `b` one after the other; missing columns are zeros.
    void (*_Nonnull pack_columns)(const ls_product *_Nonnull, size_t first, size_t last, ls_depth, float *_Nonnull packed);
    /// Computes the tiles of the row panels [r0, r1) and the column panels [c0, c1), which are packed over a part of
    /// the depth. The first part begins with the bias or zero; later parts add to c.
    void (*_Nonnull multiply_packed)(const ls_product *_Nonnull, const float *_Nonnull packed_rows, const float *_Nonnull packed_columns,
                                     size_t r0, size_t r1, size_t c0, size_t c1, ls_depth);
    /// Like multiply_packed, but reads a in place. The `column_stride` of a must be 1, or a must be the patches of
    /// images, not transposed.
    void (*_Nonnull multiply_direct)(const ls_product *_Nonnull, const float *_Nonnull packed_columns, size_t r0, size_t r1, size_t c0,
                                     size_t c1, ls_depth);
    /// The product of the patches of the images [first, last) with all columns, which are packed over the whole depth.
    /// It goes position by position, for tiles of images, so that taps outside the images cost nothing.
    void (*_Nonnull multiply_images)(const ls_product *_Nonnull, const float *_Nonnull packed_columns, size_t first, size_t last);
    /// Like multiply_packed over the whole depth, which is divided into leaves. Each leaf is summed from zero. Then the
    /// sums of neighbours are added, then those of the pairs, and so on: (l₀ + l₁) + (l₂ + l₃). Overwrites c, without a
    /// bias.
    void (*_Nonnull multiply_leaves)(const ls_product *_Nonnull, const float *_Nonnull packed_rows, const float *_Nonnull packed_columns,
                                     size_t r0, size_t r1, size_t c0, size_t c1, ls_leaves);
    /// For a few rows: computes the column panels [c0, c1) over the whole depth, without packing either operand. The
    /// panels must be whole, and the `column_stride` of b must be 1.
    void (*_Nonnull multiply_unpacked)(const ls_product *_Nonnull, size_t c0, size_t c1);
    /// Computes the rows [r0, r1) of a product with one column, whose a and b lie along the depth. It sums in vectors,
    /// so its bits differ from those of the other kernels.
    void (*_Nonnull multiply_vector)(const ls_product *_Nonnull, size_t r0, size_t r1);
    /// Computes the rows [r0, r1) without packing, for products that are too small for it. The bits are the same as
    /// with packing.
    void (*_Nonnull multiply_small)(const ls_product *_Nonnull, size_t r0, size_t r1);

    // Activations: see ls_activations.h. `dx = dy · f′`, from the input x or the output y as the function needs.
    void (*_Nonnull activation)(ls_activation, float a, float b, size_t count, const float *_Nonnull x, float *_Nonnull y);
    void (*_Nonnull activation_gradient)(ls_activation, float a, float b, size_t count, const float *_Nonnull x,
                                         const float *_Nonnull y, const float *_Nonnull dy, float *_Nonnull dx);
    void (*_Nonnull row_activation)(ls_row_activation, size_t rows, size_t columns, const float *_Nonnull x, float *_Nonnull y);
    void (*_Nonnull row_activation_gradient)(ls_row_activation, size_t rows, size_t columns, const float *_Nonnull x,
                                             const float *_Nonnull y, const float *_Nonnull dy, float *_Nonnull dx);

    // The gates of an LSTM: see ls_lstm.h.
    void (*_Nonnull lstm_forward)(ls_lstm, size_t rows, float *_Nonnull gates, const float *_Nullable previous, float *_Nonnull c,
                                  float *_Nonnull h);
    void (*_Nonnull lstm_backward)(ls_lstm, size_t rows, float *_Nonnull gates, const float *_Nullable previous,
                                   const float *_Nonnull c, const float *_Nonnull dh, float *_Nonnull dc);

    // Elementwise and reductions.
    void (*_Nonnull add)(size_t count, const float *_Nonnull x, const float *_Nonnull y, float *_Nonnull out);
    void (*_Nonnull multiply)(size_t count, const float *_Nonnull x, const float *_Nonnull y, float *_Nonnull out);
    void (*_Nonnull scale)(size_t count, float factor, const float *_Nonnull x, float *_Nonnull out);

    // Sums over the rows of a matrix, column by column, added row after row: Σ x; Σ (x − center)²; Σ y and after these
    // Σ (x − center)·y.
    void (*_Nonnull column_sums)(size_t rows, size_t columns, const float *_Nonnull x, float *_Nonnull out);
    void (*_Nonnull column_squares)(size_t rows, size_t columns, const float *_Nonnull x, const float *_Nonnull center,
                                    float *_Nonnull out);
    void (*_Nonnull column_products)(size_t rows, size_t columns, const float *_Nonnull x, const float *_Nonnull center,
                                     const float *_Nonnull y, float *_Nonnull out);
    /// `out = x ⊙ a + c` and `out = x ⊙ a + y ⊙ b + c`, with a, b and c of one value for each column.
    void (*_Nonnull affine_columns)(size_t rows, size_t columns, const float *_Nonnull x, const float *_Nonnull a,
                                    const float *_Nonnull c, float *_Nonnull out);
    void (*_Nonnull affine_columns_of_two)(size_t rows, size_t columns, const float *_Nonnull x, const float *_Nonnull a,
                                           const float *_Nonnull y, const float *_Nonnull b, const float *_Nonnull c,
                                           float *_Nonnull out);
    /// `y = f(z)` and `dz = dy · f′(z)` for `z = x ⊙ factors + offsets`, with one value for each column.
    void (*_Nonnull affine_activation)(ls_activation, float a, float b, size_t rows, size_t columns,
                                       const float *_Nonnull x, const float *_Nonnull factors,
                                       const float *_Nonnull offsets, float *_Nonnull y);
    void (*_Nonnull affine_gradient)(ls_activation, float a, float b, size_t rows, size_t columns,
                                     const float *_Nonnull x, const float *_Nonnull factors,
                                     const float *_Nonnull offsets, const float *_Nonnull dy, float *_Nonnull dz);
    /// Fills `mask` with 0 (probability `rate`) or 1/(1−rate): element i is decided by the random word `first + i` of
    /// the stream.
    void (*_Nonnull dropout_mask)(ls_random_stream, uint64_t first, size_t count, float rate, float *_Nonnull mask);

    // Optimizers: one pass over the arena. `scale` multiplies the gradient (one over the global count).
    void (*_Nonnull sgd)(size_t count, ls_optimizer_rates, bool nesterov, float scale, const float *_Nonnull gradient,
                         float *_Nonnull value, float *_Nullable velocity);
    void (*_Nonnull rmsprop)(size_t count, ls_optimizer_rates, float scale, const float *_Nonnull gradient, float *_Nonnull value,
                             float *_Nonnull square, float *_Nullable mean, float *_Nullable velocity);
    void (*_Nonnull adam)(size_t count, ls_optimizer_rates, float scale, const float *_Nonnull gradient, float *_Nonnull value,
                          float *_Nonnull mean, float *_Nonnull square, float *_Nullable largest_square);
    void (*_Nonnull adamax)(size_t count, ls_optimizer_rates, float scale, const float *_Nonnull gradient, float *_Nonnull value,
                            float *_Nonnull mean, float *_Nonnull norm);
    void (*_Nonnull nadam)(size_t count, ls_optimizer_rates, ls_nadam_rates, float scale, const float *_Nonnull gradient,
                           float *_Nonnull value, float *_Nonnull mean, float *_Nonnull square);
    void (*_Nonnull adagrad)(size_t count, ls_optimizer_rates, float scale, const float *_Nonnull gradient, float *_Nonnull value,
                             float *_Nonnull sum);
    void (*_Nonnull adadelta)(size_t count, ls_optimizer_rates, float scale, const float *_Nonnull gradient, float *_Nonnull value,
                              float *_Nonnull square, float *_Nonnull change);
    void (*_Nonnull lion)(size_t count, ls_optimizer_rates, float scale, const float *_Nonnull gradient, float *_Nonnull value,
                          float *_Nonnull mean);
    void (*_Nonnull ftrl)(size_t count, ls_ftrl_rates, float scale, const float *_Nonnull gradient, float *_Nonnull value,
                          float *_Nonnull sum, float *_Nonnull linear);
    void (*_Nonnull schedule_free)(size_t count, ls_optimizer_rates, ls_schedule_free_rates, float scale,
                                   const float *_Nonnull gradient, float *_Nonnull value, float *_Nonnull iterate,
                                   float *_Nonnull square);
    /// The steps of optimizers that need more than one pass. Each puts its direction in the gradient's place.
    void (*_Nonnull lamb)(size_t count, ls_optimizer_rates, ls_lamb_rates, float scale, float *_Nonnull gradient, float *_Nonnull mean,
                          float *_Nonnull square);
    void (*_Nonnull adafactor)(size_t count, ls_adafactor_rates, float *_Nonnull gradient, float *_Nonnull square);
    void (*_Nonnull adafactor_row)(size_t count, float row, const float *_Nonnull columns, float *_Nonnull gradient,
                                   float *_Nonnull square);

    /// `g = clip(scale·g + l1·sign(w) + l2·w)` to ±limit.
    void (*_Nonnull gradient_terms)(size_t count, ls_gradient_terms, const float *_Nonnull value, float *_Nonnull gradient);
    /// `w = w − rate·w`.
    void (*_Nonnull decay)(size_t count, float rate, float *_Nonnull value);
    /// `average = momentum·average + rest·w`.
    void (*_Nonnull move_average)(size_t count, float momentum, float rest, const float *_Nonnull value, float *_Nonnull average);
    /// The sum of the squares of each line of 16 elements, always in the same order. The last line may have fewer.
    void (*_Nonnull line_squares)(size_t count, const float *_Nonnull x, float *_Nonnull out);
    /// `Σ l1·|x| + l2·x²`, always in the same order.
    float (*_Nonnull penalty)(size_t count, float l1, float l2, const float *_Nonnull x);

    /// The largest element of each window; of equal ones, the first. `winners` gets its place in the image,
    /// `y · width + x`.
    void (*_Nonnull max_pool)(ls_pool, size_t images, const float *_Nonnull input, float *_Nonnull output, int32_t *_Nonnull winners);
    /// Sends each gradient to its window's winner; overwrites dx.
    void (*_Nonnull max_pool_gradient)(ls_pool, size_t images, const float *_Nonnull dy, const int32_t *_Nonnull winners,
                                       float *_Nonnull dx);

    /// The convolution of each channel by itself, for the rows [first, last) of the output's images:
    /// `output[line, position, c] = Σ over taps kernel[tap, c] · patches[line, position, tap, c]`.
    void (*_Nonnull depthwise)(const ls_patches *_Nonnull, const float *_Nonnull kernel, size_t first, size_t last,
                               float *_Nonnull output);
    /// Overwrites the kernel's gradient with its sum over the rows [first, last). The windows' divisors must be 1.
    void (*_Nonnull depthwise_kernel_gradient)(const ls_patches *_Nonnull, const float *_Nonnull dy, size_t first, size_t last,
                                               float *_Nonnull gradient);

    /// Does multiply-adds on registers for a while; returns the number of operations, two for each element.
    double (*_Nonnull multiply_add_peak)(size_t rounds);
} ls_kernels;

/// The kernels of an instruction set, or null if this build or this machine lacks it.
const ls_kernels *_Nullable ls_kernels_of(ls_instruction_set set);

#endif
