import LockstepCompute
import LockstepGraph

/// Scales each row to the norm 1: `y = x / √Σx²`, the sum over some dimensions; 0 stays 0. Input and output
/// `[batch, …]`. Default: the last dimension.
///
///     model.add(UnitNormalization())
public final class UnitNormalization: Layer {
    public let properties: LayerProperties
    /// The dimensions of the sum; the batch is dimension 0.
    @Configured public private(set) var axis: Axes

    public init(axis: Axes = -1, name: String = "") {
        self.axis = axis
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let x = inputs[0]
        let axes = try rowAxes(axis, of: x.spec.shape)
        let squares = sum(square(x), axes: axes, keepDims: true)
        // Keras's bound of 1e-12 for the norm.
        return [x * rsqrt(maximum(squares, 1e-24))]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
