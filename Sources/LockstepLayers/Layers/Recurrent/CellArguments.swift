import LockstepCompute
import LockstepGraph

/// The arguments that Keras's cells have in common.
public struct CellArguments: ArgumentGroup {
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var recurrentInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var kernelRegularizer: Regularizer?
    @Configured public private(set) var recurrentRegularizer: Regularizer?
    @Configured public private(set) var biasRegularizer: Regularizer?
    @Configured public private(set) var kernelConstraint: Constraint?
    @Configured public private(set) var recurrentConstraint: Constraint?
    @Configured public private(set) var biasConstraint: Constraint?
    /// The share of the inputs that training drops, the same at all steps (Gal and Ghahramani, 2016).
    @Configured public private(set) var dropout: Double
    /// The share of the states that training drops where they enter products, the same at all steps.
    @Configured public private(set) var recurrentDropout: Double

    /// Checks the shares that are dropped, and that activations keep the number of units.
    ///
    /// - Parameters:
    ///   - units: the number of units, with the name of its argument.
    ///   - recurrentActivation: nil for a cell without gates.
    func check(
        _ cell: some RecurrentCell, _ units: (argument: String, count: Int), recurrentActivation: ActivationFunction?
    ) throws(LayerError) {
        guard units.count > 0 else {
            throw .argument(
                layer: cell.name, name: units.argument, requirement: "positive", received: "\(units.count)")
        }
        for (argument, share) in [("dropout", dropout), ("recurrentDropout", recurrentDropout)]
        where !(share >= 0 && share <= 1) {
            throw .argument(layer: cell.name, name: argument, requirement: "from 0 to 1", received: "\(share)")
        }
        for (argument, function) in [("activation", activation), ("recurrentActivation", recurrentActivation)] {
            guard let function, function.outputShape([units.count]) != [units.count] else { continue }
            throw .argument(
                layer: cell.name, name: argument, requirement: "a function that keeps the number of units",
                received: "\(function)")
        }
    }

    /// Declares a cell's weights.
    ///
    /// - Parameter ones: the elements of the bias whose initial value is 1.
    func build(
        _ weights: inout WeightList, kernel: Shape, recurrent: Shape, bias: Shape, ones: Range<Int> = 0..<0
    ) throws(LayerError) -> CellWeights {
        CellWeights(
            kernel: try weights.add(
                "kernel", kernel, kernelInitializer, regularizer: kernelRegularizer, constraint: kernelConstraint),
            recurrentKernel: try weights.add(
                "recurrent_kernel", recurrent, recurrentInitializer, regularizer: recurrentRegularizer,
                constraint: recurrentConstraint),
            bias: useBias
                ? try weights.add(
                    "bias", bias, biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint,
                    ones: ones, in: nil) : nil)
    }

    /// The masks of dropout of a call.
    ///
    /// - Parameters:
    ///   - inputs: the shape of what multiplies a step's input.
    ///   - states: the shape of what multiplies the state.
    ///   - dropsAll: whether a share of 1 drops everything. In Keras's cells with gates it drops nothing.
    func masks(
        inputs: Shape, states: Shape, rows: SymbolicTensor, dropsAll: Bool = false, _ call: Call
    ) -> CellConstants {
        func mask(_ shape: Shape, _ share: Double) -> SymbolicTensor? {
            guard call.training, share > 0, share < 1 || dropsAll else { return nil }
            return LockstepGraph.dropout(rows.filled(shape, with: 1), rate: share, call)
        }
        var constants = CellConstants()
        constants.inputs = mask(inputs, dropout)
        constants.states = mask(states, recurrentDropout)
        return constants
    }

    /// The shape of a mask of dropout of rows. As in Keras, with `recurrentDropout` each gate has masks of its own.
    func maskShape(_ row: Shape, gates: Int) -> Shape { recurrentDropout == 0 ? row : row.rows(gates) }
}

/// The weights of a cell.
public struct CellWeights {
    /// What multiplies inputs.
    public let kernel: Weight
    /// What multiplies the state.
    public let recurrentKernel: Weight
    public let bias: Weight?
}

/// The product of rows `[batch, n, features]` with a kernel `[features, gates · units]`, where some elements are dropped
/// first.
///
/// - Parameter mask: `[batch, features]`, or `[batch, gates, features]` with factors for the columns of each gate.
func product(
    _ x: SymbolicTensor, _ kernel: Weight, mask: SymbolicTensor?, gates: Int, bias: Weight? = nil
) -> SymbolicTensor {
    guard let mask else { return matmul(x, kernel, bias: bias) }
    guard mask.spec.shape.rank == 2 else { return matmul(x * mask, kernel, bias: bias) }
    let (count, width) = (x.spec.shape[0], kernel.shape[1])
    let each = matmul(reshape(x, [count, 1, x.spec.shape[1]]) * mask, kernel)
    // Of each gate's input, the columns of the gate.
    let blocks = reshape(each, [count, gates * gates, width / gates])
    let own = reshape(slice(blocks, axis: 1, 0..<gates * gates, step: gates + 1), [count, width])
    return bias.map { own + $0 } ?? own
}

/// The product of a state `[batch, units]` with a kernel `[units, gates · units]`, as `product` for rows.
func stateProduct(
    _ h: SymbolicTensor, _ kernel: Weight, mask: SymbolicTensor?, gates: Int
) -> SymbolicTensor {
    guard mask != nil else { return matmul(h, kernel) }
    return reshape(product(reshape(h, h.spec.shape.rows(1)), kernel, mask: mask, gates: gates), [kernel.shape[1]])
}
