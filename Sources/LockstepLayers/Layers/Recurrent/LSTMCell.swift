import LockstepCompute
import LockstepGraph

/// One step of a long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).
///
/// Input `[batch, features]` and states h and c `[batch, units]`; output h and the new states. Weights: `kernel` W
/// `[features, 4·units]` (default Glorot uniform), `recurrent_kernel` U `[units, 4·units]` (orthogonal), `bias` b
/// `[4·units]` (zeros, with `unitForgetBias` ones for f). Each weight has the order i, f, c, o. σ is the recurrent
/// activation (sigmoid), φ the activation (tanh):
///
///     z = x·W + h·U + b;   i, f, o = σ(z_i), σ(z_f), σ(z_o);   c = f·c + i·φ(z_c);   h = o·φ(c)
///
/// With `dropout`, elements of x are dropped in training; with `recurrentDropout`, elements of h in the products with
/// U, and then each gate drops others, of x too.
///
///     model.add(RNN(LSTMCell(64)))
@dynamicMemberLookup
public final class LSTMCell: FusedCell, ArgumentGroup {
    public let properties: LayerProperties
    @Configured public private(set) var units: Int
    private let arguments: CellArguments
    @Configured public private(set) var recurrentActivation: ActivationFunction
    @Configured public private(set) var unitForgetBias: Bool
    public private(set) var weights: CellWeights!

    public init(
        _ units: Int, activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
        useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        recurrentInitializer: Initializer = .orthogonal, biasInitializer: Initializer = .zeros,
        unitForgetBias: Bool = true, kernelRegularizer: Regularizer? = nil, recurrentRegularizer: Regularizer? = nil,
        biasRegularizer: Regularizer? = nil, kernelConstraint: Constraint? = nil,
        recurrentConstraint: Constraint? = nil, biasConstraint: Constraint? = nil, dropout: Double = 0,
        recurrentDropout: Double = 0, name: String = ""
    ) {
        self.units = units
        arguments = CellArguments(
            activation: activation, useBias: useBias, kernelInitializer: kernelInitializer,
            recurrentInitializer: recurrentInitializer, biasInitializer: biasInitializer,
            kernelRegularizer: kernelRegularizer, recurrentRegularizer: recurrentRegularizer,
            biasRegularizer: biasRegularizer, kernelConstraint: kernelConstraint,
            recurrentConstraint: recurrentConstraint, biasConstraint: biasConstraint, dropout: dropout,
            recurrentDropout: recurrentDropout)
        self.recurrentActivation = recurrentActivation
        self.unitForgetBias = unitForgetBias
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("units")) }

    public subscript<Value>(dynamicMember path: KeyPath<CellArguments, Value>) -> Value { arguments[keyPath: path] }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try arguments.check(self, ("units", units), recurrentActivation: recurrentActivation)
        self.weights = try arguments.build(
            &weights, kernel: [try features(inputs)[0], 4 * units], recurrent: [units, 4 * units], bias: [4 * units],
            ones: unitForgetBias ? units..<2 * units : 0..<0)
    }

    public var stateCount: Int { 2 }
    public func stateShapes(_ input: Shape) -> [Shape] { [[units], [units]] }

    public func constants(_ input: Shape, rows: SymbolicTensor, _ call: Call) -> CellConstants {
        arguments.masks(
            inputs: arguments.maskShape(input, gates: 4), states: arguments.maskShape([units], gates: 4), rows: rows,
            call)
    }

    public func project(_ inputs: SymbolicTensor, _ constants: CellConstants) -> SymbolicTensor {
        product(inputs, weights.kernel, mask: constants.inputs, gates: 4, bias: weights.bias)
    }

    public func step(
        _ x: SymbolicTensor, _ states: [SymbolicTensor], _ constants: CellConstants
    ) -> [SymbolicTensor] {
        let q = stateProduct(states[0], weights.recurrentKernel, mask: constants.states, gates: 4)
        return longShortTermMemory(
            x + q, c: states[1], activation: arguments.activation, recurrentActivation: recurrentActivation)
    }

    var isFusable: Bool { arguments.activation.isKnownByOutput && recurrentActivation.isKnownByOutput }
    var operands: [Weight] { [weights.kernel, weights.recurrentKernel] + (weights.bias.map { [$0] } ?? []) }

    func operation(_ steps: FusedSteps) -> any Operation {
        LSTMOperation(
            time: steps.time, units: units, activation: arguments.activation, recurrentActivation: recurrentActivation,
            returnsSequences: steps.returnsSequences, returnsState: steps.returnsState,
            goesBackwards: steps.goesBackwards, isMasked: steps.isMasked, hasStart: steps.hasStart)
    }
}

/// The output h and the states h and c of a long short-term memory, from the sums z before the activations, whose last
/// dimension has the gates i, f, c, o:  `c = σ(z_f)·c + σ(z_i)·φ(z_c)`,  `h = σ(z_o)·φ(c)`.
func longShortTermMemory(
    _ z: SymbolicTensor, c: SymbolicTensor, activation φ: ActivationFunction, recurrentActivation σ: ActivationFunction
) -> [SymbolicTensor] {
    let gates = z.parts(4)
    let next = activation(σ, gates[1]) * c + activation(σ, gates[0]) * activation(φ, gates[2])
    let h = activation(σ, gates[3]) * activation(φ, next)
    return [h, h, next]
}
