import LockstepCompute
import LockstepGraph

/// `y = x` for `x ≥ 0`, else `y = α·x`, where the α of each element is learned (He et al., 2015).
///
/// Input and output `[batch, …]`. The weight `alpha` (default zeros) has the shape of a row, with 1 for each of
/// `sharedAxes`.
///
///     model.add(PReLU(sharedAxes: [1, 2]))      // one α for each channel of images
public final class PReLU: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var alphaInitializer: Initializer
    @Configured public private(set) var alphaRegularizer: Regularizer?
    @Configured public private(set) var alphaConstraint: Constraint?
    /// The dimensions along which α is the same; the batch is dimension 0.
    @Configured public private(set) var sharedAxes: [Int]?
    public private(set) var alpha: Weight!

    public init(
        alphaInitializer: Initializer = .zeros, alphaRegularizer: Regularizer? = nil,
        alphaConstraint: Constraint? = nil, sharedAxes: [Int]? = nil, name: String = ""
    ) {
        self.alphaInitializer = alphaInitializer
        self.alphaRegularizer = alphaRegularizer
        self.alphaConstraint = alphaConstraint
        self.sharedAxes = sharedAxes
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        var dimensions = try single(inputs).dimensions
        for axis in sharedAxes ?? [] {
            guard dimensions.indices.contains(axis - 1) else {
                throw .argument(
                    layer: name, name: "sharedAxes", requirement: "from 1 to \(dimensions.count)", received: "\(axis)")
            }
            dimensions[axis - 1] = 1
        }
        alpha = try weights.add(
            "alpha", Shape(dimensions), alphaInitializer, regularizer: alphaRegularizer, constraint: alphaConstraint)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [relu(inputs[0]) - relu(-inputs[0]) * alpha]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
