/// What the checks of the kernels share. A check tries one kernel of one instruction set at every awkward size and compares each result
/// with a plain loop in double precision.
#ifndef LOCKSTEP_CHECK_H
#define LOCKSTEP_CHECK_H

#include "CKernels.h"

/// The kernels of the table `ls_kernels`. Each has a function `check_<kernel>`.
#define EACH_KERNEL(KERNEL)           \
    KERNEL(pack_rows)                 \
    KERNEL(pack_gathered)             \
    KERNEL(pack_columns)              \
    KERNEL(multiply_packed)           \
    KERNEL(multiply_direct)           \
    KERNEL(multiply_images)           \
    KERNEL(multiply_leaves)           \
    KERNEL(multiply_unpacked)         \
    KERNEL(multiply_vector)           \
    KERNEL(multiply_small)            \
    KERNEL(activation)                \
    KERNEL(activation_gradient)       \
    KERNEL(row_activation)            \
    KERNEL(row_activation_gradient)   \
    KERNEL(add)                       \
    KERNEL(multiply)                  \
    KERNEL(scale)                     \
    KERNEL(column_sums)               \
    KERNEL(column_squares)            \
    KERNEL(column_products)           \
    KERNEL(affine_columns)            \
    KERNEL(affine_columns_of_two)     \
    KERNEL(affine_activation)         \
    KERNEL(affine_gradient)           \
    KERNEL(lstm_forward)              \
    KERNEL(lstm_backward)             \
    KERNEL(dropout_mask)              \
    KERNEL(sgd)                       \
    KERNEL(rmsprop)                   \
    KERNEL(adam)                      \
    KERNEL(adamax)                    \
    KERNEL(nadam)                     \
    KERNEL(adagrad)                   \
    KERNEL(adadelta)                  \
    KERNEL(lion)                      \
    KERNEL(ftrl)                      \
    KERNEL(schedule_free)             \
    KERNEL(lamb)                      \
    KERNEL(adafactor)                 \
    KERNEL(adafactor_row)             \
    KERNEL(gradient_terms)            \
    KERNEL(decay)                     \
    KERNEL(move_average)              \
    KERNEL(line_squares)              \
    KERNEL(penalty)                   \
    KERNEL(max_pool)                  \
    KERNEL(max_pool_gradient)         \
    KERNEL(depthwise)                 \
    KERNEL(depthwise_kernel_gradient) \
    KERNEL(multiply_add_peak)

/// One kernel of one instruction set, and how many of its results were wrong.
typedef struct subject {
    const ls_kernels *kernels;
    const char *set, *kernel;
    size_t wrong;
} subject;

#define DECLARE_CHECK(KERNEL) void check_##KERNEL(subject *);
EACH_KERNEL(DECLARE_CHECK)
#undef DECLARE_CHECK

/// Compares a result with the oracle's. The format says which result it is, and is used only where it is wrong.
__attribute__((format(printf, 5, 6))) void expect(subject *, double received, double expected, double tolerance, const char *format, ...);

/// What a few roundings to float may change of a value that was computed from numbers of about one.
double roundings(double value);

/// A check's arrays lie in numbered places. Each ends where memory begins that nobody may touch, so that a kernel which reads or writes
/// one element too many is found, and begins where that leads, so that hardly any is aligned.
enum { PLACES = 9 };

/// An array of NaN.
float *blank(size_t place, size_t count);
/// Numbers in ±2, the same on every run, others in each place.
float *sample(size_t place, size_t count);
float *copy(size_t place, size_t count, const float *from);

/// Runs over an array by a pointer.
#define EACH(item, array) for (__typeof__(&(array)[0]) item = (array); item < (array) + sizeof(array) / sizeof *(array); item++)

/// Counts around a vector of every instruction set and around several.
static const size_t counts[] = {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 61, 64, 65, 1009};

/// Calls `attempt` with products around every tile and block of the depth, in every transposition, with and without a bias, and with the
/// patches of images as the first and as the second operand. c begins as NaN; its rows lie further apart than they are long.
void each_product(subject *, bool with_patches, void (*attempt)(subject *, const ls_product *, const char *name));

/// Element (row, column) of an operand, by the definitions in CKernels.h and ls_patches.h.
float element_of(const ls_operand *, size_t row, size_t column);

#endif
