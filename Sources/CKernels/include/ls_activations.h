/// Names of the activation functions that have kernels. `a` and `b` are a function's arguments, if it has any.
#ifndef LOCKSTEP_LS_ACTIVATIONS_H
#define LOCKSTEP_LS_ACTIVATIONS_H

/// Functions of one element.
typedef enum ls_activation {
    LS_LINEAR,
    LS_RELU,
    LS_LEAKY_RELU,  ///< a: slope below zero
    LS_RELU6,
    LS_ELU,  ///< a: alpha
    LS_SELU,
    LS_CELU,  ///< a: alpha
    LS_SOFTPLUS,
    LS_SOFTSIGN,
    LS_SOFT_SHRINK,  ///< a: threshold
    LS_HARD_SHRINK,  ///< a: threshold
    LS_SPARSE_PLUS,
    LS_SQUAREPLUS,  ///< a: b of the formula
    LS_SILU,
    LS_GELU,
    LS_GELU_TANH,  ///< the approximation by tanh
    LS_TANH,
    LS_TANH_SHRINK,
    LS_THRESHOLD,  ///< a: threshold, b: value at or below it
    LS_SIGMOID,
    LS_SPARSE_SIGMOID,
    LS_EXPONENTIAL,
    LS_HARD_SIGMOID,
    LS_KERAS2_HARD_SIGMOID,  ///< with a steeper slope
    LS_HARD_SILU,
    LS_HARD_TANH,
    LS_MISH,
    LS_LOG_SIGMOID
} ls_activation;

/// Functions of a row.
typedef enum ls_row_activation {
    LS_SOFTMAX,
    LS_LOG_SOFTMAX,
    LS_SPARSEMAX,
    LS_GLU  ///< `columns` counts the output's; x has twice as many
} ls_row_activation;

#endif
