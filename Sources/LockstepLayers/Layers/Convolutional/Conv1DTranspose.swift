import LockstepCompute
import LockstepGraph

/// The transpose of a convolution over sequences: each element of the input adds its multiple of the kernel to the
/// places under the window, `y = activation(patchesᵀ(x·Wᵀ) + b)`. It makes sequences larger by its strides (Zeiler et
/// al., 2010).
///
/// Input `[batch, time, channels]`, output `[batch, time′, filters]`; `kernel` W `[kernel size, filters, channels]`
/// (default Glorot uniform), `bias` b `[filters]` (default zeros). With padding `.valid` n places become
/// `(n − 1)·stride + max(kernel, stride)`, with `.same` `n·stride`. `outputPadding` sets how many places lie at the
/// end, and must be smaller than the strides; then `.valid` gives `(n − 1)·stride + kernel + outputPadding` places, and
/// `.same` `(n − 1)·stride + kernel mod 2 + outputPadding`. Strides and dilations cannot both be larger than 1.
///
///     model.add(Conv1DTranspose(16, kernelSize: 4, strides: 2, padding: .same))
public final class Conv1DTranspose: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var filters: Int
    @Configured public private(set) var kernelSize: Size1D
    @Configured public private(set) var strides: Size1D
    @Configured public private(set) var padding: Padding
    @Configured public private(set) var outputPadding: Size1D?
    @Configured public private(set) var dilationRate: Size1D
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var kernelRegularizer: Regularizer?
    @Configured public private(set) var biasRegularizer: Regularizer?
    @Configured public private(set) var kernelConstraint: Constraint?
    @Configured public private(set) var biasConstraint: Constraint?
    /// The input's shape, if the layer is the first: `[time, channels]`.
    public let inputShape: PartialShape?
    public private(set) var kernel: Weight!
    public private(set) var bias: Weight?

    public init(
        _ filters: Int, kernelSize: Size1D, strides: Size1D = 1, padding: Padding = .valid,
        outputPadding: Size1D? = nil, dilationRate: Size1D = 1, activation: ActivationFunction = .linear,
        useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        kernelRegularizer: Regularizer? = nil, biasRegularizer: Regularizer? = nil,
        activityRegularizer: Regularizer? = nil, kernelConstraint: Constraint? = nil, biasConstraint: Constraint? = nil,
        inputShape: PartialShape? = nil, name: String = ""
    ) {
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
        self.outputPadding = outputPadding
        self.dilationRate = dilationRate
        self.activation = activation
        self.useBias = useBias
        self.kernelInitializer = kernelInitializer
        self.biasInitializer = biasInitializer
        self.kernelRegularizer = kernelRegularizer
        self.biasRegularizer = biasRegularizer
        self.kernelConstraint = kernelConstraint
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
        self.init(try arguments.value("filters"), kernelSize: try arguments.value("kernel_size"))
    }

    private var geometry: ConvolutionGeometry {
        ConvolutionGeometry(
            kernelSize: kernelSize.lengths, strides: strides.lengths, dilationRate: dilationRate.lengths)
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs, rank: 2)
        try geometry.check(self, ("filters", filters))
        try geometry.checkTransposed(self, outputPadding: outputPadding?.lengths)
        kernel = try weights.add(
            "kernel", Shape(kernelSize.lengths + [filters, input[1]]), kernelInitializer,
            regularizer: kernelRegularizer, constraint: kernelConstraint)
        bias =
            useBias
            ? try weights.add(
                "bias", [filters], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint) : nil
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try single(inputs.map(\.spec), rank: 2)
        let windows = geometry.transposedWindows(over: input, padding: padding, outputPadding: outputPadding?.lengths)
        try checkHalves(activation, of: filters, argument: "filters")
        let product = transposedConvolution(inputs[0], kernel, windows: windows)
        return [biased(product, bias, activation: activation)]
    }
}
