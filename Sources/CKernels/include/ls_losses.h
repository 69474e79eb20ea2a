/// Losses and accuracies over rows: Keras's formulas (`keras/src/losses`, `keras/src/metrics/accuracy_metrics.py`),
/// added in double precision, row after row. They are a small part of a step, so one portable body serves every
/// instruction set.
#ifndef LOCKSTEP_LS_LOSSES_H
#define LOCKSTEP_LS_LOSSES_H

#include <stdbool.h>
#include <stddef.h>

typedef enum ls_loss {
    LS_MEAN_SQUARED_ERROR,
    LS_MEAN_ABSOLUTE_ERROR,
    LS_BINARY_CROSSENTROPY,
    LS_CATEGORICAL_CROSSENTROPY,
    LS_SPARSE_CATEGORICAL_CROSSENTROPY  ///< targets hold one class number a row
} ls_loss;

typedef struct ls_loss_options {
    bool from_logits;  ///< outputs are logits, not probabilities
    float label_smoothing;
} ls_loss_options;

/// The sum over rows of each row's loss, times the row's weight if `weights` is not null. `gradient`, if not null, is
/// overwritten with the sum's derivative.
///
/// `logits`, if not null, are the values whose sigmoid or softmax the outputs are. Cross-entropies are then computed
/// from the logits, so that they do not saturate, and the gradient is that of the logits.
double ls_loss_sum(ls_loss loss, ls_loss_options options, size_t rows, size_t columns, const float *_Nonnull outputs,
                   const float *_Nullable logits, const float *_Nonnull targets, const float *_Nullable weights,
                   float *_Nullable gradient);

typedef enum ls_accuracy {
    LS_BINARY_ACCURACY,  ///< the share of a row's elements on the target's side of 0.5
    LS_CATEGORICAL_ACCURACY,
    LS_SPARSE_CATEGORICAL_ACCURACY
} ls_accuracy;

/// The sum over rows of each row's accuracy.
double ls_accuracy_sum(ls_accuracy accuracy, size_t rows, size_t columns, const float *_Nonnull outputs, const float *_Nonnull targets);

#endif
