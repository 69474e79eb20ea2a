import LockstepCompute

/// The norms by which gradients are clipped: one norm for each weight, or one for all weights together.
///
/// Squares are added within lines of 16 elements, counted from a weight's start. The sums of the lines are then added
/// in a fixed order. So the bits do not depend on which rank updates which values.
package final class GradientNorms {
    /// The sum of squares of each line of the arena. At first only the lines that are updated here are set. After the
    /// ranks have added up their tensors, all lines are.
    package let lines: Tensor
    /// The lines of each weight.
    private let ranges: [Range<Int>]
    private let largest: Double
    private let isGlobal: Bool
    /// For each norm, the factor for the gradients.
    private(set) var factors: [Float]

    /// - Parameters:
    ///   - largest: the largest norm that gradients may have after clipping.
    ///   - ranges: where each weight begins in the arena, and how many elements it has.
    ///   - count: the number of elements of the arena.
    init(_ largest: Double, ranges: [(start: Int, count: Int)], count: Int, isGlobal: Bool) {
        lines = .zeros([count / lineSize])
        self.ranges = ranges.map { lineRange(start: $0.start, count: $0.count) }
        self.largest = largest
        self.isGlobal = isGlobal
        factors = Array(repeating: 1, count: isGlobal ? 1 : ranges.count)
    }

    /// Computes the factors from the lines of all gradients.
    package func decide() {
        var all = 0.0
        for (index, range) in ranges.enumerated() {
            let squares = lines.sum(range)
            if isGlobal { all += squares } else { factors[index] = factor(norm: squares.squareRoot()) }
        }
        if isGlobal { factors[0] = factor(norm: all.squareRoot()) }
    }

    /// As in Keras, the factor is NaN if the norm of all gradients together is not finite.
    private func factor(norm: Double) -> Float {
        isGlobal && !norm.isFinite ? .nan : Float(largest / max(norm, largest))
    }
}

/// The lines of a weight.
func lineRange(start: Int, count: Int) -> Range<Int> {
    start / lineSize..<(start + FloatBuffer.aligned(count)) / lineSize
}

extension Tensor {
    /// The sum of some elements, added in order.
    func sum(_ range: Range<Int>) -> Double {
        var sum = 0.0
        for index in range { sum += Double(self[index]) }
        return sum
    }
}
