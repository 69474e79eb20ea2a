import LockstepCompute
import LockstepGraph

/// Places for what the losses compare a shard's outputs with. Made once for a number of rows; classes, so that a step
/// copies no more than references.
final class TargetPlace {
    let sums: RowPartition
    let shapes: SampleShapes
    /// What a feed fills: the targets of each objective, then what samples count.
    let filled: [Tensor]
    /// For each objective, the micro-shards' parts.
    let objectives: [[Part]]

    final class Part {
        let targets: Tensor
        /// What samples count, as it was given; nil where all count alike.
        let given: Tensor?
        /// What each row of the loss counts.
        let weights: Tensor

        init(targets: Tensor, given: Tensor?, weights: Tensor) {
            self.targets = targets
            self.given = given
            self.weights = weights
        }

        /// Makes the rows' weights of what was given: a number for each sample, or for each of its positions. Allocates
        /// nothing.
        func spreadGivenWeights() {
            guard let given, given.count > 0 else { return }
            let positions = weights.count / given.count
            for row in 0..<weights.count { weights[row] = given[row / positions] }
        }

        /// Makes the weights 0 of rows that a mask hides.
        ///
        /// - Parameter hasWeights: whether the others have weights; else they count 1.
        func hide(_ mask: Tensor, hasWeights: Bool) {
            for row in 0..<weights.count { weights[row] = mask[row] == 0 ? 0 : hasWeights ? weights[row] : 1 }
        }
    }

    /// - Parameter positions: the rows of the loss for each sample, for each objective.
    init(_ sums: RowPartition, shapes: SampleShapes, positions: [Int]) {
        self.sums = sums
        self.shapes = shapes
        let filled = (shapes.targets + shapes.weights).map { Tensor.zeros($0.rows(sums.rows)) }
        let targets = shapes.targets.count
        objectives = positions.indices.map { index in
            zip(sums.bounds, sums.bounds.dropFirst()).map { first, last in
                let given = shapes.weights.isEmpty ? nil : filled[targets + min(index, shapes.weights.count - 1)]
                return Part(
                    targets: filled[index].rows(first..<last), given: given?.rows(first..<last),
                    weights: .zeros([(last - first) * positions[index]]))
            }
        }
        self.filled = filled
    }
}

extension Tensor {
    /// The sum of a mask: how many positions count.
    var total: Double { (0..<count).reduce(0) { $0 + Double(self[$1]) } }
}
