import Lockstep

/// Adds a vector for each place in a sequence, so that attention can tell the places apart.
///
/// Input and output `[batch, time, features]`. The weight `positions` has `[time, features]`.
final class PositionEmbedding: Layer {
    let properties = LayerProperties()
    private var positions: Weight!

    init() {}
    convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        positions = try weights.add("positions", try single(inputs), .randomUniform)
    }

    func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [inputs[0] + positions]
    }
}
