import LockstepCompute

/// The shapes of the rows of a data set's tensors.
struct SampleShapes: Equatable, CustomStringConvertible {
    var inputs: [Shape] = []
    /// The shapes of targets, one for each output that has a loss; none for prediction.
    var targets: [Shape] = []
    /// The shapes of sample weights: none, one for all losses, or one for each loss.
    var weights: [Shape] = []

    var all: [Shape] { inputs + targets + weights }

    var description: String {
        func list(_ shapes: [Shape]) -> String { shapes.map(\.description).joined(separator: ", ") }
        return list(inputs) + (targets.isEmpty ? "" : " with targets \(list(targets))")
            + (weights.isEmpty ? "" : " and weights \(list(weights))")
    }
}
