import LockstepCompute
import LockstepGraph

/// The output is the input; the loss gets a penalty on its size: `l1·Σ|x| + l2·Σx²`, divided by the number of samples
/// in the batch. Input and output `[batch, …]`.
///
///     model.add(ActivityRegularization(l2: 1e-4))
public final class ActivityRegularization: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var l1: Double
    @Configured public private(set) var l2: Double

    public init(l1: Double = 0, l2: Double = 0, name: String = "") {
        self.l1 = l1
        self.l2 = l2
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        _ = try single(inputs.map(\.spec))
        if l1 != 0 || l2 != 0 { try call.addPenalty(.l1l2(l1: l1, l2: l2), of: inputs, layer: name) }
        return [inputs[0]]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
