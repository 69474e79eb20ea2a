import LockstepCompute
import LockstepGraph

/// One step of a recurrent layer without gates (Elman, 1990).
///
/// Input `[batch, features]` and state h `[batch, units]`; output and new state `[batch, units]`. Weights: `kernel` W
/// `[features, units]` (default Glorot uniform), `recurrent_kernel` U `[units, units]` (orthogonal), `bias` b `[units]`
/// (zeros). φ is the activation (tanh):
///
///     h = φ(x·W + h·U + b)
///
/// With `dropout`, elements of x are dropped in training; with `recurrentDropout`, elements of h in the product.
///
///     model.add(RNN(SimpleRNNCell(64)))
@dynamicMemberLookup
public final class SimpleRNNCell: FusedCell, ArgumentGroup {
    public let properties: LayerProperties
    @Configured public private(set) var units: Int
    private let arguments: CellArguments
    public private(set) var weights: CellWeights!

    public init(
        _ units: Int, activation: ActivationFunction = .tanh, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, recurrentInitializer: Initializer = .orthogonal,
        biasInitializer: Initializer = .zeros, kernelRegularizer: Regularizer? = nil,
        recurrentRegularizer: Regularizer? = nil, biasRegularizer: Regularizer? = nil,
        kernelConstraint: Constraint? = nil, recurrentConstraint: Constraint? = nil, biasConstraint: Constraint? = nil,
        dropout: Double = 0, recurrentDropout: Double = 0, name: String = ""
    ) {
        self.units = units
        arguments = CellArguments(
            activation: activation, useBias: useBias, kernelInitializer: kernelInitializer,
            recurrentInitializer: recurrentInitializer, biasInitializer: biasInitializer,
            kernelRegularizer: kernelRegularizer, recurrentRegularizer: recurrentRegularizer,
            biasRegularizer: biasRegularizer, kernelConstraint: kernelConstraint,
            recurrentConstraint: recurrentConstraint, biasConstraint: biasConstraint, dropout: dropout,
            recurrentDropout: recurrentDropout)
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("units")) }

    public subscript<Value>(dynamicMember path: KeyPath<CellArguments, Value>) -> Value { arguments[keyPath: path] }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try arguments.check(self, ("units", units), recurrentActivation: nil)
        self.weights = try arguments.build(
            &weights, kernel: [try features(inputs)[0], units], recurrent: [units, units], bias: [units])
    }

    public func stateShapes(_ input: Shape) -> [Shape] { [[units]] }

    public func constants(_ input: Shape, rows: SymbolicTensor, _ call: Call) -> CellConstants {
        arguments.masks(inputs: input, states: [units], rows: rows, dropsAll: true, call)
    }

    public func project(_ inputs: SymbolicTensor, _ constants: CellConstants) -> SymbolicTensor {
        product(inputs, weights.kernel, mask: constants.inputs, gates: 1, bias: weights.bias)
    }

    public func step(
        _ x: SymbolicTensor, _ states: [SymbolicTensor], _ constants: CellConstants
    ) -> [SymbolicTensor] {
        let q = stateProduct(states[0], weights.recurrentKernel, mask: constants.states, gates: 1)
        let h = activation(arguments.activation, x + q)
        return [h, h]
    }

    var isFusable: Bool { arguments.activation.isKnownByOutput }
    var operands: [Weight] { [weights.kernel, weights.recurrentKernel] + (weights.bias.map { [$0] } ?? []) }

    func operation(_ steps: FusedSteps) -> any Operation {
        RecurrenceOperation(
            .simple(arguments.activation), time: steps.time, units: units, returnsSequences: steps.returnsSequences,
            goesBackwards: steps.goesBackwards, isMasked: steps.isMasked, hasStart: steps.hasStart)
    }
}
