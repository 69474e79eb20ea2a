import CKernels

/// The losses that have kernels, with what changes their formula.
package enum LossKernel: Sendable {
    case meanSquaredError, meanAbsoluteError
    case binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy

    /// The sum over rows of each row's loss, the mean over its last dimension; `[rows…, columns]` counts all rows.
    ///
    /// - Parameters:
    ///   - gradient: overwritten with the sum's derivative by the outputs, or by what went into their activation.
    ///   - targets: of the outputs' shape; one class number a row for the sparse loss.
    package func sum(
        outputs: Tensor, targets: Tensor, gradient: Tensor?, fromLogits: Bool = false, beforeActivation: Bool = false,
        labelSmoothing: Double = 0
    ) -> Double {
        let (rows, columns) = outputs.matrixShape
        precondition(targets.count == (self == .sparseCategoricalCrossentropy ? rows : outputs.count), "targets \(targets.shape)")
        return ls_loss_sum(
            identifier,
            ls_loss_options(from_logits: fromLogits, before_activation: beforeActivation, label_smoothing: Float(labelSmoothing)),
            rows, columns, outputs.pointer, targets.pointer, gradient?.pointer)
    }

    private var identifier: ls_loss {
        switch self {
        case .meanSquaredError: LS_MEAN_SQUARED_ERROR
        case .meanAbsoluteError: LS_MEAN_ABSOLUTE_ERROR
        case .binaryCrossentropy: LS_BINARY_CROSSENTROPY
        case .categoricalCrossentropy: LS_CATEGORICAL_CROSSENTROPY
        case .sparseCategoricalCrossentropy: LS_SPARSE_CATEGORICAL_CROSSENTROPY
        }
    }
}

package enum AccuracyKernel: Sendable {
    case binary, categorical, sparseCategorical

    /// The sum over rows of each row's accuracy.
    package func sum(outputs: Tensor, targets: Tensor) -> Double {
        let (rows, columns) = outputs.matrixShape
        precondition(targets.count == (self == .sparseCategorical ? rows : outputs.count), "targets \(targets.shape)")
        let identifier =
            switch self {
            case .binary: LS_BINARY_ACCURACY
            case .categorical: LS_CATEGORICAL_ACCURACY
            case .sparseCategorical: LS_SPARSE_CATEGORICAL_ACCURACY
            }
        return ls_accuracy_sum(identifier, rows, columns, outputs.pointer, targets.pointer)
    }
}
