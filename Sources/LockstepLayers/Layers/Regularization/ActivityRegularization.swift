import LockstepCompute
import LockstepGraph

/// The output is the input; the loss gets a penalty on its size: `l1·Σ|x| + l2·Σx²`, divided by the number of samples in
/// the batch. Input and output `[batch, …]`.
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

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        for (argument, value) in [("l1", l1), ("l2", l2)] where value < 0 || !value.isFinite {
            throw .argument(layer: name, name: argument, requirement: "0 or more", received: "\(value)")
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let x = inputs[0]
        if l1 != 0 { call.addLoss(Float(l1) * sum(abs(x))) }
        if l2 != 0 { call.addLoss(Float(l2) * sum(square(x))) }
        return [reshape(x, x.spec.shape)]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
