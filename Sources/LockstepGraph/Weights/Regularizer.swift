/// A penalty on the size of a weight that is added to the loss, once a step: `l1·Σ|w| + l2·Σw²`, Keras's
/// `keras.regularizers`.
///
///     Dense(64, kernelRegularizer: .l2(1e-4))
public struct Regularizer: Sendable, Equatable {
    /// Which of Keras's classes it is.
    package enum Kind: Sendable { case l1, l2, l1l2 }

    package let kind: Kind
    /// The factors of the sum of absolute values and of the sum of squares.
    public let l1, l2: Double

    package init(_ kind: Kind, l1: Double = 0, l2: Double = 0) {
        (self.kind, self.l1, self.l2) = (kind, l1, l2)
    }

    public static let l1 = l1()
    public static func l1(_ factor: Double = 0.01) -> Regularizer { Regularizer(.l1, l1: factor) }

    public static let l2 = l2()
    public static func l2(_ factor: Double = 0.01) -> Regularizer { Regularizer(.l2, l2: factor) }

    public static func l1l2(l1: Double = 0, l2: Double = 0) -> Regularizer { Regularizer(.l1l2, l1: l1, l2: l2) }
}
