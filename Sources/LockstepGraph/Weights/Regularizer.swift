/// A penalty on a weight that is added to the loss, once a step: Keras's `keras.regularizers`.
///
/// `l1`, `l2` and `l1l2` are `l1·Σ|w| + l2·Σw²`.
///
///     Dense(64, kernelRegularizer: .l2(1e-4))
public struct Regularizer: Sendable, Equatable {
    /// Which of Keras's classes it is.
    package enum Kind: Sendable, Equatable {
        case l1, l2, l1l2
        case orthogonal(OrthogonalMode)
    }

    /// The vectors of a matrix that `orthogonal` keeps apart.
    public enum OrthogonalMode: String, Sendable { case rows, columns }

    package let kind: Kind
    /// The factors of the sum of absolute values and of the sum of squares.
    public let l1, l2: Double
    /// The factor of `orthogonal`.
    package let factor: Double

    package init(_ kind: Kind, l1: Double = 0, l2: Double = 0, factor: Double = 0) {
        (self.kind, self.l1, self.l2, self.factor) = (kind, l1, l2, factor)
    }

    public static let l1 = l1()
    public static func l1(_ factor: Double = 0.01) -> Regularizer { Regularizer(.l1, l1: factor) }

    public static let l2 = l2()
    public static func l2(_ factor: Double = 0.01) -> Regularizer { Regularizer(.l2, l2: factor) }

    public static func l1l2(l1: Double = 0, l2: Double = 0) -> Regularizer { Regularizer(.l1l2, l1: l1, l2: l2) }

    /// `factor` times the mean of |cos| of the angles between the rows of a matrix, or between its columns: Keras's
    /// `OrthogonalRegularizer`. It is 0 if the rows are orthogonal. The matrix has two rows or more.
    public static func orthogonal(_ factor: Double = 0.01, mode: OrthogonalMode = .rows) -> Regularizer {
        Regularizer(.orthogonal(mode), factor: factor)
    }

    /// The mode of `orthogonal`; nil for another regularizer.
    package var mode: OrthogonalMode? {
        guard case .orthogonal(let mode) = kind else { return nil }
        return mode
    }
}
