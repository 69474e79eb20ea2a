import LockstepCompute
import LockstepGraph

/// Masks the positions whose features are all equal to `maskValue`, so that later layers ignore them.
///
/// Input and output `[batch, …, features]`, mask `[batch, …]`. Masked positions become 0. `dx` is dy, and 0 at masked
/// positions.
///
///     model.add(Masking(maskValue: -1))
public final class Masking: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var maskValue: Double
    /// The input's shape, if the layer is the first.
    public let inputShape: PartialShape?

    public init(maskValue: Double = 0, inputShape: PartialShape? = nil, name: String = "") {
        self.maskValue = maskValue
        self.inputShape = inputShape
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        guard input.rank > 0 else {
            throw .input(layer: name, requirement: "have a dimension of features", received: input)
        }
    }

    private func mask(_ input: SymbolicTensor, keepDims: Bool) -> SymbolicTensor {
        max(unequal(input, Float(maskValue)), axes: [-1], keepDims: keepDims)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [inputs[0] * mask(inputs[0], keepDims: true)]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { mask(inputs[0], keepDims: false) }
}
