import LockstepCompute

/// The norms of gradients, by which they are clipped: of each weight's, or of all together.
///
/// Squares are added line by line, 16 elements counted from a weight's start, and then the lines' sums in one order: so
/// the bits do not depend on which rank updates what.
package final class GradientNorms {
    /// The sum of squares of each line of the arena that is updated here; after the ranks have added theirs up, of all
    /// lines.
    package let lines: Tensor
    /// The lines of each weight.
    private let ranges: [Range<Int>]
    private let largest: Double
    private let isGlobal: Bool
    /// For each norm what gradients are multiplied with.
    private(set) var factors: [Float]

    /// - Parameters:
    ///   - largest: the norm that gradients are brought down to.
    ///   - ranges: where each weight begins in the arena, and how many elements it has.
    ///   - count: elements of the arena.
    init(_ largest: Double, ranges: [(start: Int, count: Int)], count: Int, isGlobal: Bool) {
        lines = .zeros([count / lineSize])
        self.ranges = ranges.map { $0.start / lineSize..<($0.start + FloatBuffer.aligned($0.count)) / lineSize }
        self.largest = largest
        self.isGlobal = isGlobal
        factors = Array(repeating: 1, count: isGlobal ? 1 : ranges.count)
    }

    /// Decides from the lines of all gradients what they are multiplied with.
    package func decide() {
        var all = 0.0
        for (index, range) in ranges.enumerated() {
            var squares = 0.0
            for line in range { squares += Double(lines[line]) }
            if isGlobal { all += squares } else { factors[index] = factor(norm: squares.squareRoot()) }
        }
        if isGlobal { factors[0] = factor(norm: all.squareRoot()) }
    }

    /// As Keras, which makes nothing finite of a norm of all gradients that is not.
    private func factor(norm: Double) -> Float {
        isGlobal && !norm.isFinite ? .nan : Float(largest / max(norm, largest))
    }
}
