/// A condition that a weight is made to fulfil after each step: Keras's `keras.constraints`.
///
/// A norm n is taken along some axes. The default is axis 0, which gives one norm for each unit of a `Dense` layer; for
/// a `Conv2D` kernel use `[0, 1, 2]`. The elements are multiplied by `desired / (1e-7 + n)`.
///
///     Dense(64, kernelConstraint: .maxNorm(2))
public struct Constraint: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case maxNorm(Double, axis: Axes)
        case nonNegative
        case unitNorm(axis: Axes)
        case minMaxNorm(Double, Double, rate: Double, axis: Axes)
    }

    package let kind: Kind

    package init(_ kind: Kind) { self.kind = kind }

    /// `desired = min(n, maxValue)`.
    public static func maxNorm(_ maxValue: Double = 2, axis: Axes = 0) -> Constraint {
        Constraint(.maxNorm(maxValue, axis: axis))
    }
    /// Negative elements become 0: Keras's `NonNeg`.
    public static let nonNeg = Constraint(.nonNegative)
    /// `desired = 1`.
    public static func unitNorm(axis: Axes = 0) -> Constraint { Constraint(.unitNorm(axis: axis)) }
    /// `desired = rate·clip(n, from minValue to maxValue) + (1 − rate)·n`.
    public static func minMaxNorm(
        minValue: Double = 0, maxValue: Double = 1, rate: Double = 1, axis: Axes = 0
    ) -> Constraint {
        Constraint(.minMaxNorm(minValue, maxValue, rate: rate, axis: axis))
    }

    /// The axes along which norms are taken; nil for one that looks at single elements.
    package var axes: Axes? {
        switch kind {
        case .nonNegative: nil
        case .maxNorm(_, let axis), .unitNorm(let axis), .minMaxNorm(_, _, _, let axis): axis
        }
    }
}

/// One axis of a weight or several; negative ones count from the last.
public struct Axes: Sendable, Equatable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    package let values: [Int]
    /// Whether it is a number and no list.
    package let isOne: Bool

    public init(_ axis: Int) { (values, isOne) = ([axis], true) }
    public init(_ axes: [Int]) { (values, isOne) = (axes, false) }
    public init(integerLiteral axis: Int) { self.init(axis) }
    public init(arrayLiteral axes: Int...) { self.init(axes) }

    /// The axes counted from 0; nil if one is not among those of such a rank.
    package func counted(rank: Int) -> Set<Int>? {
        let counted = values.map { $0 < 0 ? $0 + rank : $0 }
        return counted.allSatisfy { (0..<rank).contains($0) } ? Set(counted) : nil
    }
}
