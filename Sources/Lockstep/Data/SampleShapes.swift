import LockstepCompute

/// The shapes of the rows of a data set's tensors.
struct SampleShapes: Equatable, CustomStringConvertible {
    /// Of what a step takes for the model's inputs.
    var inputs: [Shape] = []
    /// The shapes of the model's inputs, if some are text, of which a step takes numbers; else empty.
    var texts: [Shape] = []
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
