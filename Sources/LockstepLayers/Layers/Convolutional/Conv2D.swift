import LockstepCompute
import LockstepGraph

/// A convolution over images, `y = activation(patches(x)·W + b)`.
///
/// Input `[batch, height, width, channels]`, output `[batch, height′, width′, filters]`; `kernel`
/// `[kernel height, kernel width, channels, filters]` (default Glorot uniform), `bias` `[filters]` (default zeros).
/// `patches` is the matrix with a row for each position of the kernel. With `dz = dy ⊙ activation′`:
/// `dW = patches(x)ᵀ·dz`,  `db = Σ over positions of dz`. For each element of x, dx is the sum of `dz·Wᵀ` over the
/// positions whose window contains the element.
///
///     model.add(Conv2D(32, kernelSize: 3, activation: .relu, inputShape: [28, 28, 1]))
public final class Conv2D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var filters: Int
    @Configured public private(set) var kernelSize: Size2D
    @Configured public private(set) var strides: Size2D
    @Configured public private(set) var padding: Padding
    @Configured public private(set) var dilationRate: Size2D
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var kernelRegularizer: Regularizer?
    @Configured public private(set) var biasRegularizer: Regularizer?
    @Configured public private(set) var kernelConstraint: Constraint?
    @Configured public private(set) var biasConstraint: Constraint?
    /// The input's shape, if the layer is the first: `[height, width, channels]`.
    public let inputShape: PartialShape?
    public private(set) var kernel: Weight!
    public private(set) var bias: Weight?

    public init(
        _ filters: Int, kernelSize: Size2D, strides: Size2D = 1, padding: Padding = .valid, dilationRate: Size2D = 1,
        activation: ActivationFunction = .linear, useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros, kernelRegularizer: Regularizer? = nil,
        biasRegularizer: Regularizer? = nil, activityRegularizer: Regularizer? = nil,
        kernelConstraint: Constraint? = nil, biasConstraint: Constraint? = nil, inputShape: PartialShape? = nil,
        name: String = ""
    ) {
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
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

    public static var fixedArguments: [String: ConfigurationValue] { ["data_format": "channels_last", "groups": 1] }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("filters"), kernelSize: try arguments.value("kernel_size"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try images(inputs)
        guard filters > 0 else {
            throw .argument(layer: name, name: "filters", requirement: "positive", received: "\(filters)")
        }
        for (argument, size) in [("kernelSize", kernelSize), ("strides", strides), ("dilationRate", dilationRate)] {
            guard size.isPositive else {
                throw .argument(layer: name, name: argument, requirement: "positive", received: "\(size)")
            }
        }
        kernel = try weights.add(
            "kernel", [kernelSize.height, kernelSize.width, input[2], filters], kernelInitializer,
            regularizer: kernelRegularizer,
            constraint: kernelConstraint)
        bias =
            useBias
            ? try weights.add(
                "bias", [filters], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint) : nil
    }

    /// The shape of one row of the only input.
    private func images(_ inputs: [TensorSpec]) throws(LayerError) -> Shape {
        let input = try single(inputs)
        guard input.rank == 3 else {
            throw .input(layer: name, requirement: "have rows of [height, width, channels]", received: input)
        }
        return input
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try images(inputs.map(\.spec))
        let isSame = padding == .same
        let y = Window(
            size: input[0], taps: kernelSize.height, stride: strides.height, dilation: dilationRate.height,
            isSame: isSame)
        let x = Window(
            size: input[1], taps: kernelSize.width, stride: strides.width, dilation: dilationRate.width, isSame: isSame)
        guard y.positions > 0, x.positions > 0 else {
            throw .input(layer: name, requirement: "be at least as large as the kernel \(kernelSize)", received: input)
        }
        guard activation.outputShape([y.positions, x.positions, filters]) != nil else {
            throw .argument(
                layer: name, name: "filters", requirement: "even: glu halves them", received: "\(filters)")
        }
        return [convolution(inputs[0], kernel, bias: bias, windows: [y, x], activation: activation)]
    }
}
