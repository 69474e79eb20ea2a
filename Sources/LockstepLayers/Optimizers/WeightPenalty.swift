import LockstepCompute
import LockstepGraph

/// The penalty that the regularizers of a model's weights add to its loss. It is divided into blocks of a fixed size, so
/// that the ranks can share the work.
package struct WeightPenalty {
    /// The number of elements of a block.
    private static let blockSize = 64 * 1024
    private let blocks: [(weight: Weight, range: Range<Int>)]

    /// Nil if no weight has a regularizer.
    package init?(_ weights: [Weight]) {
        blocks = weights.filter { $0.isTrainable && $0.regularizer != nil }.flatMap { weight in
            stride(from: 0, to: weight.shape.count, by: Self.blockSize).map { start in
                (weight, start..<min(start + Self.blockSize, weight.shape.count))
            }
        }
        if blocks.isEmpty { return nil }
    }

    /// The number of blocks.
    package var count: Int { blocks.count }

    /// The penalty of a block.
    package func of(block: Int, on crew: Crew) -> Double {
        let (weight, range) = blocks[block]
        guard let regularizer = weight.regularizer else { return 0 }
        return penalty(weight.value, of: range, l1: Float(regularizer.l1), l2: Float(regularizer.l2), on: crew)
    }

    /// The penalty of all weights.
    package func total(on crew: Crew) -> Double { (0..<count).reduce(0) { $0 + of(block: $1, on: crew) } }
}
