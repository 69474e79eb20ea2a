import LockstepCompute

/// The norms of weights and of their prepared gradients, and the ratio that an optimizer of the scope `.norms` makes of
/// them for each weight.
///
/// Squares are added as for the norms by which gradients are clipped, so the bits do not depend on which rank updates
/// which values.
package final class WeightRatios {
    /// The sum of squares of each line of the arena: first those of values, then those of prepared gradients. At first
    /// only the lines that are updated here are set. After the ranks have added up their tensors, all lines are.
    package let lines: Tensor
    private let optimizer: any Optimizer
    /// The lines of each weight.
    private let ranges: [Range<Int>]
    private let decays: [Double]
    /// The ratio of each weight.
    private(set) var ratios: [Double]

    /// - Parameters:
    ///   - ranges: where each weight begins in the arena, and how many elements it has.
    ///   - decays: the decay of each weight.
    ///   - count: the number of elements of the arena.
    init(_ optimizer: any Optimizer, ranges: [(start: Int, count: Int)], decays: [Double], count: Int) {
        lines = .zeros([2, count / lineSize])
        self.optimizer = optimizer
        self.ranges = ranges.map { lineRange(start: $0.start, count: $0.count) }
        self.decays = decays
        ratios = Array(repeating: 1, count: ranges.count)
    }

    /// The places of the lines of a range of the arena.
    func part(_ range: Range<Int>) -> (values: Tensor, gradients: Tensor) {
        let shape: Shape = [(range.count + lineSize - 1) / lineSize]
        let start = range.lowerBound / lineSize
        return (lines.part(at: start, shape: shape), lines.part(at: lines.shape[1] + start, shape: shape))
    }

    /// Computes the ratios from all lines.
    package func decide() {
        let half = lines.shape[1]
        for (index, range) in ranges.enumerated() {
            let gradients = half + range.lowerBound..<half + range.upperBound
            ratios[index] = optimizer.ratio(
                values: lines.sum(range).squareRoot(), gradients: lines.sum(gradients).squareRoot(),
                decay: decays[index])
        }
    }
}
