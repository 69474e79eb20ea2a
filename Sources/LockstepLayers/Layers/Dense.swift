import LockstepCompute

/// A fully connected layer, `y = activation(x·W + b)`.
///
/// Input `[batch, …, inputs]`, output `[batch, …, units]`; `kernel` `[inputs, units]` (default Glorot uniform), `bias` `[units]`
/// (default zeros). With `dz = dy ⊙ activation′`:  `dW = xᵀ·dz`,  `db = Σ over rows of dz`,  `dx = dz·Wᵀ`.
///
///     model.add(Dense(64, activation: .relu))
public final class Dense: Layer {
    public var name: String
    @Configured public private(set) var units: Int
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    /// The number of inputs, if the layer is to be the first.
    public let inputDim: Int?
    public private(set) var kernel: Parameter!
    public private(set) var bias: Parameter?

    public init(
        _ units: Int, activation: ActivationFunction = .linear, useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros, inputDim: Int? = nil, name: String = ""
    ) {
        self.units = units
        self.activation = activation
        self.useBias = useBias
        self.kernelInitializer = kernelInitializer
        self.biasInitializer = biasInitializer
        self.inputDim = inputDim
        self.name = name
    }

    public var inputShape: Shape? { inputDim.flatMap { $0 > 0 ? [$0] : nil } }
    public var outputActivation: ActivationFunction { activation }
    public var sumsInParts: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("units")) }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        let input = try single(inputs)
        guard units > 0 else { throw .argument(layer: name, name: "units", requirement: "positive", received: "\(units)") }
        if let inputDim, inputDim != input.last {
            throw .argument(layer: name, name: "inputDim", requirement: "the inputs' \(input.last ?? 0)", received: "\(inputDim)")
        }
        guard let features = input.last else { throw .input(layer: name, requirement: "have a dimension of features", received: input) }
        let linear = input.replacingLast(with: units)
        guard let output = activation.outputShape(linear) else {
            throw .argument(layer: name, name: "units", requirement: "even, for glu halves them", received: "\(units)")
        }
        kernel = try parameters.add("kernel", [features, units], kernelInitializer, keeping: kernel)
        bias = useBias ? try parameters.add("bias", [units], biasInitializer, keeping: bias) : nil
        return output
    }

    /// The activation works in place on the product, unless its derivative needs what went into it.
    private var keepsProduct: Bool { activation.derivativeReadsInput }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory {
        LayerMemory(
            keepsInput: true, keepsOutput: !keepsProduct && activation != .linear,
            caches: keepsProduct ? [inputs[0].replacingLast(with: units)] : [])
    }

    public func forward(_ pass: Forward) {
        let activation = activation
        let keepsProduct = activation.derivativeReadsInput
        let product = keepsProduct ? pass.caches[0] : pass.output
        matmul(
            pass.input, kernel.value, bias: bias?.value, activation: keepsProduct || pass.isBeforeActivation ? .linear : activation,
            into: product, on: pass.crew)
        if keepsProduct { activation.apply(product, into: pass.output, on: pass.crew) }
    }

    public func backward(_ pass: Backward) {
        let activation = activation
        let dz = pass.gradient(before: activation, product: activation.derivativeReadsInput ? pass.caches[0] : pass.output)
        rowProducts(pass.input, dz, by: pass.sums, into: kernel.gradients, columnSums: bias?.gradients, on: pass.crew)
        if let dx = pass.inputGradient { matmul(dz, kernel.value, transposed: .second, into: dx, on: pass.crew) }
    }
}
