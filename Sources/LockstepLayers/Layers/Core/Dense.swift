import LockstepCompute
import LockstepGraph

/// A fully connected layer, `y = activation(x·W + b)`.
///
/// Input `[batch, …, inputs]`, output `[batch, …, units]`; `kernel` `[inputs, units]` (default Glorot uniform), `bias`
/// `[units]` (default zeros). With `loraRank` the layer learns a change of low rank in place of its kernel
/// (`LowRankAdaptation`). With `dz = dy ⊙ activation′`:  `dW = xᵀ·dz`,  `db = Σ over rows of dz`,  `dx = dz·Wᵀ`.
///
///     model.add(Dense(64, activation: .relu))
public final class Dense: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var units: Int
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var kernelRegularizer: Regularizer?
    @Configured public private(set) var biasRegularizer: Regularizer?
    @Configured public private(set) var kernelConstraint: Constraint?
    @Configured public private(set) var biasConstraint: Constraint?
    public private(set) var lora: LowRankAdaptation
    /// The number of inputs, if the layer is the first.
    public let inputDim: Int?
    public private(set) var kernel: Weight!
    public private(set) var bias: Weight?

    public init(
        _ units: Int, activation: ActivationFunction = .linear, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros, kernelRegularizer: Regularizer? = nil,
        biasRegularizer: Regularizer? = nil, activityRegularizer: Regularizer? = nil,
        kernelConstraint: Constraint? = nil, biasConstraint: Constraint? = nil, loraRank: Int? = nil,
        loraAlpha: Double? = nil, inputDim: Int? = nil, name: String = ""
    ) {
        self.units = units
        self.activation = activation
        self.useBias = useBias
        self.kernelInitializer = kernelInitializer
        self.biasInitializer = biasInitializer
        self.kernelRegularizer = kernelRegularizer
        self.biasRegularizer = biasRegularizer
        self.kernelConstraint = kernelConstraint
        self.biasConstraint = biasConstraint
        lora = LowRankAdaptation(rank: loraRank, alpha: loraAlpha)
        self.inputDim = inputDim
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public var inputShape: PartialShape? { inputDim.flatMap { $0 > 0 ? [$0] : nil } }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("units")) }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        guard units > 0 else {
            throw .argument(layer: name, name: "units", requirement: "positive", received: "\(units)")
        }
        if let inputDim, inputDim != input.last {
            throw .argument(
                layer: name, name: "inputDim", requirement: "the inputs' \(input.last ?? 0)", received: "\(inputDim)")
        }
        guard let features = input.last else {
            throw .input(layer: name, requirement: "have a dimension of features", received: input)
        }
        let linear = input.replacingLast(with: units)
        guard activation.outputShape(linear) != nil else {
            throw .argument(layer: name, name: "units", requirement: "even: glu halves them", received: "\(units)")
        }
        kernel = try weights.add(
            "kernel", [features, units], kernelInitializer, regularizer: kernelRegularizer,
            constraint: kernelConstraint, role: lora.role)
        bias =
            useBias
            ? try weights.add(
                "bias", [units], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint) : nil
        try lora.build(kernel, of: self, &weights)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let x = inputs[0]
        return [
            try lora(activation: activation) {
                matmul(x, kernel, bias: bias, activation: $0)
            } change: {
                matmul(matmul(x, $0), $1)
            }
        ]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
