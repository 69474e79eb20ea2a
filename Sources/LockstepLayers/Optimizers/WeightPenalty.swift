import LockstepCompute
import LockstepGraph

/// The penalty that the regularizers of a model's weights add to its loss. It is divided into blocks of a fixed size,
/// so that the ranks can share the work. A penalty that looks at a whole weight is one block.
package struct WeightPenalty {
    /// The number of elements of a block.
    private static let blockSize = 64 * 1024
    private let blocks: [Block]

    private struct Block {
        let weight: Weight
        let regularizer: Regularizer
        let range: Range<Int>
        /// Nil for a sum over elements.
        let orthogonal: OrthogonalPenalty?
    }

    /// Nil if no weight has a regularizer.
    package init?(_ weights: [Weight]) {
        var blocks: [Block] = []
        for weight in weights where weight.isTrainable {
            guard let regularizer = weight.regularizer else { continue }
            let (orthogonal, count) = (OrthogonalPenalty(regularizer, of: weight.shape), weight.shape.count)
            for start in stride(from: 0, to: count, by: orthogonal == nil ? Self.blockSize : max(count, 1)) {
                let range = start..<(orthogonal == nil ? min(start + Self.blockSize, count) : count)
                blocks.append(Block(weight: weight, regularizer: regularizer, range: range, orthogonal: orthogonal))
            }
        }
        self.blocks = blocks
        if blocks.isEmpty { return nil }
    }

    /// The number of blocks.
    package var count: Int { blocks.count }

    /// The penalty of a block.
    package func of(block: Int, on crew: Crew) -> Double {
        let block = blocks[block]
        if let orthogonal = block.orthogonal {
            return block.regularizer.factor * orthogonal.value(block.weight.value, on: crew)
        }
        return penalty(
            block.weight.value, of: block.range, l1: Float(block.regularizer.l1), l2: Float(block.regularizer.l2),
            on: crew)
    }

    /// The penalty of all weights.
    package func total(on crew: Crew) -> Double { (0..<count).reduce(0) { $0 + of(block: $1, on: crew) } }
}

extension OrthogonalPenalty {
    /// Nil if the regularizer is another one.
    convenience init?(_ regularizer: Regularizer, of shape: Shape) {
        guard let mode = regularizer.mode else { return nil }
        self.init(rows: shape[0], columns: shape[1], ofColumns: mode == .columns)
    }
}
