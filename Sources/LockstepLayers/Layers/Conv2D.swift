import LockstepCompute

/// A convolution over images, `y = activation(patches(x)·W + b)`.
///
/// Input `[batch, height, width, channels]`, output `[batch, height′, width′, filters]`; `kernel` `[kernel height, kernel width, channels,
/// filters]` (default Glorot uniform), `bias` `[filters]` (default zeros). `patches` is the matrix with a row for each position of the
/// kernel. With `dz = dy ⊙ activation′`:  `dW = patches(x)ᵀ·dz`,  `db = Σ over positions of dz`,  dx is the sum, over the positions whose
/// window holds a place, of `dz·Wᵀ`.
///
///     model.add(Conv2D(32, kernelSize: 3, activation: .relu, inputShape: [28, 28, 1]))
public final class Conv2D: Layer {
    public var name: String
    @Configured public private(set) var filters: Int
    @Configured public private(set) var kernelSize: Size2D
    @Configured public private(set) var strides: Size2D
    @Configured public private(set) var padding: Padding
    @Configured public private(set) var dilationRate: Size2D
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    /// The input's shape, if the layer is to be the first: `[height, width, channels]`.
    public let inputShape: Shape?
    public private(set) var kernel: Parameter!
    public private(set) var bias: Parameter?
    private var windows: (y: Window, x: Window)!

    public init(
        _ filters: Int, kernelSize: Size2D, strides: Size2D = 1, padding: Padding = .valid, dilationRate: Size2D = 1,
        activation: ActivationFunction = .linear, useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros, inputShape: Shape? = nil, name: String = ""
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
        self.inputShape = inputShape
        self.name = name
    }

    public var outputActivation: ActivationFunction { activation }
    public var sumsInParts: Bool { true }
    public static var fixedArguments: [String: ConfigurationValue] { ["data_format": "channels_last", "groups": 1] }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("filters"), kernelSize: try arguments.value("kernel_size"))
    }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        let input = try single(inputs)
        guard filters > 0 else { throw .argument(layer: name, name: "filters", requirement: "positive", received: "\(filters)") }
        for (argument, size) in [("kernelSize", kernelSize), ("strides", strides), ("dilationRate", dilationRate)] {
            guard size.isPositive else { throw .argument(layer: name, name: argument, requirement: "positive", received: "\(size)") }
        }
        guard input.rank == 3 else { throw .input(layer: name, requirement: "have rows of [height, width, channels]", received: input) }
        let isSame = padding == .same
        windows = (
            Window(size: input[0], taps: kernelSize.height, stride: strides.height, dilation: dilationRate.height, isSame: isSame),
            Window(size: input[1], taps: kernelSize.width, stride: strides.width, dilation: dilationRate.width, isSame: isSame)
        )
        guard windows.y.positions > 0, windows.x.positions > 0 else {
            throw .input(layer: name, requirement: "be at least as large as the kernel \(kernelSize)", received: input)
        }
        guard let output = activation.outputShape([windows.y.positions, windows.x.positions, filters]) else {
            throw .argument(layer: name, name: "filters", requirement: "even, for glu halves them", received: "\(filters)")
        }
        kernel = try parameters.add("kernel", [kernelSize.height, kernelSize.width, input[2], filters], kernelInitializer, keeping: kernel)
        bias = useBias ? try parameters.add("bias", [filters], biasInitializer, keeping: bias) : nil
        return output
    }

    /// The activation works in place on the product, unless its derivative needs what went into it.
    private var keepsProduct: Bool { activation.derivativeReadsInput }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory {
        // The kernel turned around, for the products of backward.
        var caches: [Shape] = training ? [[kernel.shape.count]] : []
        if keepsProduct { caches.append(output.replacingLast(with: filters)) }
        return LayerMemory(keepsInput: true, keepsOutput: !keepsProduct && activation != .linear, caches: caches)
    }

    public func forward(_ pass: Forward) {
        let product = keepsProduct ? pass.caches[pass.caches.count - 1] : pass.output
        convolve(
            pass.input, kernel.value, bias: bias?.value, activation: keepsProduct || pass.isBeforeActivation ? .linear : activation,
            y: windows.y, x: windows.x, into: product, on: pass.crew)
        if keepsProduct { activation.apply(product, into: pass.output, on: pass.crew) }
    }

    public func backward(_ pass: Backward) {
        let product = keepsProduct ? pass.caches[1] : pass.output
        // A function of an element is taken back on the way into the product, while dy is in the cache.
        let isFused = activation.isElementwise && activation != .linear && !pass.isBeforeActivation
        let dz = isFused ? pass.outputGradient : pass.gradient(before: activation, product: product)
        let turned = pass.caches[0]
        convolutionKernelGradient(
            pass.input, dy: dz, behind: isFused ? (activation, product, pass.output) : nil, y: windows.y, x: windows.x,
            by: pass.sums, into: kernel.gradients, totals: bias?.gradients, on: pass.crew)
        if let dx = pass.inputGradient {
            convolutionInputGradient(dz, kernel.value, y: windows.y, x: windows.x, scratch: turned, into: dx, on: pass.crew)
        }
    }
}
