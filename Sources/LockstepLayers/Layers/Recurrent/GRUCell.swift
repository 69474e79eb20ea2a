import LockstepCompute
import LockstepGraph

/// One step of gated recurrent units (Cho et al., 2014).
///
/// Input `[batch, features]` and state h `[batch, units]`; output and new state `[batch, units]`. Weights: `kernel` W
/// `[features, 3·units]` (default Glorot uniform), `recurrent_kernel` U `[units, 3·units]` (orthogonal), `bias`
/// `[2, 3·units]` (zeros), whose rows are b and c. Each weight has the order z, r, g. σ is the recurrent activation
/// (sigmoid), φ the activation (tanh):
///
///     p = x·W + b;   q = h·U + c;   z, r = σ(p_z + q_z), σ(p_r + q_r);   g = φ(p_g + r·q_g);   h = z·h + (1 − z)·g
///
/// Without `resetAfter` there is no c, `bias` is `[3·units]`, and `g = φ(p_g + (r·h)·U_g)`.
///
/// With `dropout`, elements of x are dropped in training; with `recurrentDropout`, elements of h in the products with
/// U, and then each gate drops others, of x too.
///
///     model.add(RNN(GRUCell(64)))
@dynamicMemberLookup
public final class GRUCell: FusedCell, ArgumentGroup {
    public let properties: LayerProperties
    @Configured public private(set) var units: Int
    private let arguments: CellArguments
    @Configured public private(set) var recurrentActivation: ActivationFunction
    /// Whether the reset gate r is applied after the product of h with U. Otherwise it is applied before.
    @Configured public private(set) var resetAfter: Bool
    public private(set) var weights: CellWeights!

    public init(
        _ units: Int, activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
        useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        recurrentInitializer: Initializer = .orthogonal, biasInitializer: Initializer = .zeros,
        kernelRegularizer: Regularizer? = nil, recurrentRegularizer: Regularizer? = nil,
        biasRegularizer: Regularizer? = nil, kernelConstraint: Constraint? = nil,
        recurrentConstraint: Constraint? = nil, biasConstraint: Constraint? = nil, dropout: Double = 0,
        recurrentDropout: Double = 0, resetAfter: Bool = true, name: String = ""
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
        self.resetAfter = resetAfter
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        // The first versions of Keras 2 did not have the argument, and applied the reset gate before the product.
        self.init(try arguments.value("units"), resetAfter: arguments.kerasVersion >= 3)
    }

    public subscript<Value>(dynamicMember path: KeyPath<CellArguments, Value>) -> Value { arguments[keyPath: path] }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try arguments.check(self, ("units", units), recurrentActivation: recurrentActivation)
        self.weights = try arguments.build(
            &weights, kernel: [try features(inputs)[0], 3 * units], recurrent: [units, 3 * units],
            bias: resetAfter ? [2, 3 * units] : [3 * units])
    }

    public func stateShapes(_ input: Shape) -> [Shape] { [[units]] }

    public func constants(_ input: Shape, rows: SymbolicTensor, _ call: Call) -> CellConstants {
        var constants = arguments.masks(
            inputs: arguments.maskShape(input, gates: 3), states: arguments.maskShape([units], gates: 3), rows: rows,
            call)
        if resetAfter, let bias = weights.bias {
            let both = rows.filled([1], with: 0) + bias
            constants.biases = (0..<2).map { both.step($0) }
        }
        return constants
    }

    public func project(_ inputs: SymbolicTensor, _ constants: CellConstants) -> SymbolicTensor {
        let p = product(
            inputs, weights.kernel, mask: constants.inputs, gates: 3, bias: resetAfter ? nil : weights.bias)
        return constants.biases.first.map { p + $0 } ?? p
    }

    public func step(
        _ x: SymbolicTensor, _ states: [SymbolicTensor], _ constants: CellConstants
    ) -> [SymbolicTensor] {
        let h = states[0]
        let product = stateProduct(h, weights.recurrentKernel, mask: constants.states, gates: 3)
        let (p, q) = (x.parts(3), (constants.biases.last.map { product + $0 } ?? product).parts(3))
        let z = activation(recurrentActivation, p[0] + q[0])
        let r = activation(recurrentActivation, p[1] + q[1])
        let recurrent: SymbolicTensor
        if resetAfter {
            recurrent = r * q[2]
        } else {
            let kept = constants.states.map { h * $0.step(2) } ?? h
            recurrent = matmul(r * kept, weights.recurrentKernel).parts(3)[2]
        }
        let g = activation(arguments.activation, p[2] + recurrent)
        let next = z * h + (1 - z) * g
        return [next, next]
    }

    var isFusable: Bool { arguments.activation.isKnownByOutput && recurrentActivation.isKnownByOutput }
    var operands: [Weight] { [weights.kernel, weights.recurrentKernel] + (weights.bias.map { [$0] } ?? []) }

    func operation(_ steps: FusedSteps) -> any Operation {
        let function: CellFunction =
            resetAfter
            ? .gated(arguments.activation, recurrent: recurrentActivation)
            : .gatedBefore(arguments.activation, recurrent: recurrentActivation)
        return RecurrenceOperation(
            function, time: steps.time, units: units, returnsSequences: steps.returnsSequences,
            goesBackwards: steps.goesBackwards, isMasked: steps.isMasked, hasStart: steps.hasStart)
    }
}
