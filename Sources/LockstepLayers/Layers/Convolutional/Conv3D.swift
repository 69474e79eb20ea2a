import LockstepCompute
import LockstepGraph

/// A convolution over volumes, `y = activation(patches(x)·W + b)`.
///
/// Input `[batch, depth, height, width, channels]`, output `[batch, depth′, height′, width′, filters]`; `kernel` W
/// `[kernel depth, kernel height, kernel width, channels / groups, filters]` (default Glorot uniform), `bias` b
/// `[filters]` (default zeros). `patches` is the matrix with a row for each position of the kernel. Gradients are as
/// those of `Conv2D`.
///
/// With several `groups`, each part of the filters sees its part of the channels: both must be multiples of `groups`.
///
///     model.add(Conv3D(16, kernelSize: [1, 3, 3], activation: .relu, inputShape: [8, 32, 32, 1]))
public final class Conv3D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var filters: Int
    @Configured public private(set) var kernelSize: Size3D
    @Configured public private(set) var strides: Size3D
    @Configured public private(set) var padding: Padding
    @Configured public private(set) var dilationRate: Size3D
    @Configured public private(set) var groups: Int
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var kernelRegularizer: Regularizer?
    @Configured public private(set) var biasRegularizer: Regularizer?
    @Configured public private(set) var kernelConstraint: Constraint?
    @Configured public private(set) var biasConstraint: Constraint?
    public private(set) var lora: LowRankAdaptation
    /// The input's shape, if the layer is the first: `[depth, height, width, channels]`.
    public let inputShape: PartialShape?
    public private(set) var kernel: Weight!
    public private(set) var bias: Weight?

    public init(
        _ filters: Int, kernelSize: Size3D, strides: Size3D = 1, padding: Padding = .valid, dilationRate: Size3D = 1,
        groups: Int = 1, activation: ActivationFunction = .linear, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        kernelRegularizer: Regularizer? = nil, biasRegularizer: Regularizer? = nil,
        activityRegularizer: Regularizer? = nil, kernelConstraint: Constraint? = nil, biasConstraint: Constraint? = nil,
        loraRank: Int? = nil, loraAlpha: Double? = nil, inputShape: PartialShape? = nil, name: String = ""
    ) {
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
        self.dilationRate = dilationRate
        self.groups = groups
        self.activation = activation
        self.useBias = useBias
        self.kernelInitializer = kernelInitializer
        self.biasInitializer = biasInitializer
        self.kernelRegularizer = kernelRegularizer
        self.biasRegularizer = biasRegularizer
        self.kernelConstraint = kernelConstraint
        self.biasConstraint = biasConstraint
        lora = LowRankAdaptation(rank: loraRank, alpha: loraAlpha)
        self.inputShape = inputShape
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("filters"), kernelSize: try arguments.value("kernel_size"))
    }

    private var geometry: ConvolutionGeometry {
        ConvolutionGeometry(
            kernelSize: kernelSize.lengths, strides: strides.lengths, dilationRate: dilationRate.lengths)
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs, rank: 4)
        try geometry.check(self, ("filters", filters), ("groups", groups))
        try checkGroups(groups, channels: input[3], filters: filters)
        kernel = try weights.add(
            "kernel", Shape(kernelSize.lengths + [input[3] / groups, filters]), kernelInitializer,
            regularizer: kernelRegularizer, constraint: kernelConstraint, role: lora.role)
        bias =
            useBias
            ? try weights.add(
                "bias", [filters], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint) : nil
        try lora.build(kernel, of: self, &weights)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try single(inputs.map(\.spec), rank: 4)
        let windows = try geometry.windows(of: self, over: input, padding: padding)
        try checkHalves(activation, of: filters, argument: "filters")
        return [
            try lora(activation: activation) {
                volumeConvolution(inputs[0], kernel, bias: bias, windows: windows, groups: groups, activation: $0)
            } change: { a, b in
                lowRankConvolution(inputs[0], b, groups: groups) {
                    volumeConvolution($0, a, bias: nil, windows: windows, activation: .linear)
                }
            }
        ]
    }
}
