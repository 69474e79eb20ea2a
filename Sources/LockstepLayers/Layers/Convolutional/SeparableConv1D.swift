import LockstepCompute
import LockstepGraph

/// A convolution of each channel by itself over sequences, and then a product over the channels at each place (Chollet,
/// 2017): `y = activation(depthwise(x)·W + b)`.
///
/// Input `[batch, time, channels]`, output `[batch, time′, filters]`; `depthwise_kernel`
/// `[kernel size, channels, depth multiplier]`, `pointwise_kernel` W `[1, channels · depthMultiplier, filters]` (both
/// Glorot uniform), `bias` b `[filters]` (default zeros). Strides, padding and dilation belong to the first part.
///
///     model.add(SeparableConv1D(64, kernelSize: 3, padding: .same, activation: .relu))
public final class SeparableConv1D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var filters: Int
    @Configured public private(set) var kernelSize: Size1D
    @Configured public private(set) var strides: Size1D
    @Configured public private(set) var padding: Padding
    @Configured public private(set) var dilationRate: Size1D
    @Configured public private(set) var depthMultiplier: Int
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var depthwiseInitializer: Initializer
    @Configured public private(set) var pointwiseInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var depthwiseRegularizer: Regularizer?
    @Configured public private(set) var pointwiseRegularizer: Regularizer?
    @Configured public private(set) var biasRegularizer: Regularizer?
    @Configured public private(set) var depthwiseConstraint: Constraint?
    @Configured public private(set) var pointwiseConstraint: Constraint?
    @Configured public private(set) var biasConstraint: Constraint?
    /// The input's shape, if the layer is the first: `[time, channels]`.
    public let inputShape: PartialShape?
    public private(set) var depthwiseKernel: Weight!
    public private(set) var pointwiseKernel: Weight!
    public private(set) var bias: Weight?

    public init(
        _ filters: Int, kernelSize: Size1D, strides: Size1D = 1, padding: Padding = .valid, dilationRate: Size1D = 1,
        depthMultiplier: Int = 1, activation: ActivationFunction = .linear, useBias: Bool = true,
        depthwiseInitializer: Initializer = .glorotUniform, pointwiseInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros, depthwiseRegularizer: Regularizer? = nil,
        pointwiseRegularizer: Regularizer? = nil, biasRegularizer: Regularizer? = nil,
        activityRegularizer: Regularizer? = nil, depthwiseConstraint: Constraint? = nil,
        pointwiseConstraint: Constraint? = nil, biasConstraint: Constraint? = nil, inputShape: PartialShape? = nil,
        name: String = ""
    ) {
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
        self.dilationRate = dilationRate
        self.depthMultiplier = depthMultiplier
        self.activation = activation
        self.useBias = useBias
        self.depthwiseInitializer = depthwiseInitializer
        self.pointwiseInitializer = pointwiseInitializer
        self.biasInitializer = biasInitializer
        self.depthwiseRegularizer = depthwiseRegularizer
        self.pointwiseRegularizer = pointwiseRegularizer
        self.biasRegularizer = biasRegularizer
        self.depthwiseConstraint = depthwiseConstraint
        self.pointwiseConstraint = pointwiseConstraint
        self.biasConstraint = biasConstraint
        self.inputShape = inputShape
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public static var takesDataFormat: Bool { true }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2 writes those of a plain convolution too, and does not use them.
        if arguments["groups"] == 1 { arguments["groups"] = nil }
        for name in ["kernel_initializer", "kernel_regularizer", "kernel_constraint"] { arguments[name] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("filters"), kernelSize: try arguments.value("kernel_size"))
    }

    private var geometry: ConvolutionGeometry {
        ConvolutionGeometry(
            kernelSize: kernelSize.lengths, strides: strides.lengths, dilationRate: dilationRate.lengths)
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs, rank: 2)
        try geometry.check(self, ("filters", filters), ("depthMultiplier", depthMultiplier))
        depthwiseKernel = try weights.add(
            "depthwise_kernel", Shape(kernelSize.lengths + [input[1], depthMultiplier]), depthwiseInitializer,
            regularizer: depthwiseRegularizer, constraint: depthwiseConstraint)
        pointwiseKernel = try weights.add(
            "pointwise_kernel", [1, depthMultiplier * input[1], filters], pointwiseInitializer,
            regularizer: pointwiseRegularizer, constraint: pointwiseConstraint)
        bias =
            useBias
            ? try weights.add(
                "bias", [filters], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint) : nil
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try single(inputs.map(\.spec), rank: 2)
        let windows = try geometry.windows(of: self, over: input, padding: padding)
        try checkHalves(activation, of: filters, argument: "filters")
        let channels = depthwiseConvolution(inputs[0], depthwiseKernel, windows: windows, multiplier: depthMultiplier)
        let points = windows.map { Window(size: $0.positions, taps: 1, stride: 1, isSame: false) }
        return [convolution(channels, pointwiseKernel, bias: bias, windows: points, activation: activation)]
    }
}
