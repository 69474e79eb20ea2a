import LockstepCompute
import LockstepGraph

/// A convolution of each channel by itself over sequences.
///
/// Input `[batch, time, channels]`, output `[batch, time′, channels · depthMultiplier]`; `kernel`
/// `[kernel size, channels, depth multiplier]` (default Glorot uniform), `bias` `[channels · depthMultiplier]` (default
/// zeros). The outputs of one channel lie together: output `c · depthMultiplier + m` is
/// `activation(Σ over taps W[tap, c, m]·x[place, c] + b)`.
///
///     model.add(DepthwiseConv1D(3, padding: .same, useBias: false))
public final class DepthwiseConv1D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var kernelSize: Size1D
    @Configured public private(set) var strides: Size1D
    @Configured public private(set) var padding: Padding
    @Configured public private(set) var depthMultiplier: Int
    @Configured public private(set) var dilationRate: Size1D
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var depthwiseInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var depthwiseRegularizer: Regularizer?
    @Configured public private(set) var biasRegularizer: Regularizer?
    @Configured public private(set) var depthwiseConstraint: Constraint?
    @Configured public private(set) var biasConstraint: Constraint?
    /// The input's shape, if the layer is the first: `[time, channels]`.
    public let inputShape: PartialShape?
    public private(set) var kernel: Weight!
    public private(set) var bias: Weight?

    public init(
        _ kernelSize: Size1D, strides: Size1D = 1, padding: Padding = .valid, depthMultiplier: Int = 1,
        dilationRate: Size1D = 1, activation: ActivationFunction = .linear, useBias: Bool = true,
        depthwiseInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        depthwiseRegularizer: Regularizer? = nil, biasRegularizer: Regularizer? = nil,
        activityRegularizer: Regularizer? = nil, depthwiseConstraint: Constraint? = nil,
        biasConstraint: Constraint? = nil, inputShape: PartialShape? = nil, name: String = ""
    ) {
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
        self.depthMultiplier = depthMultiplier
        self.dilationRate = dilationRate
        self.activation = activation
        self.useBias = useBias
        self.depthwiseInitializer = depthwiseInitializer
        self.biasInitializer = biasInitializer
        self.depthwiseRegularizer = depthwiseRegularizer
        self.biasRegularizer = biasRegularizer
        self.depthwiseConstraint = depthwiseConstraint
        self.biasConstraint = biasConstraint
        self.inputShape = inputShape
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public static var takesDataFormat: Bool { true }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2 writes it, and takes no other.
        if arguments["groups"] == 1 { arguments["groups"] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("kernel_size"))
    }

    private var geometry: ConvolutionGeometry {
        ConvolutionGeometry(
            kernelSize: kernelSize.lengths, strides: strides.lengths, dilationRate: dilationRate.lengths)
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs, rank: 2)
        try geometry.check(self, ("depthMultiplier", depthMultiplier))
        let filters = depthMultiplier * input[1]
        kernel = try weights.add(
            "kernel", Shape(kernelSize.lengths + [input[1], depthMultiplier]), depthwiseInitializer,
            regularizer: depthwiseRegularizer, constraint: depthwiseConstraint)
        bias =
            useBias
            ? try weights.add(
                "bias", [filters], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint) : nil
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try single(inputs.map(\.spec), rank: 2)
        let windows = try geometry.windows(of: self, over: input, padding: padding)
        try checkHalves(activation, of: depthMultiplier * input[1], argument: "depthMultiplier")
        let product = depthwiseConvolution(inputs[0], kernel, windows: windows, multiplier: depthMultiplier)
        return [biased(product, bias, activation: activation)]
    }
}
