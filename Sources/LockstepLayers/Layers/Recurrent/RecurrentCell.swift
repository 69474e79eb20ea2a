import LockstepCompute
import LockstepGraph

/// What a recurrent layer computes in one step of time: an output and new states, from the step's input and the states.
///
/// `RNN` applies a cell to the steps of a sequence. As a layer of its own, a cell takes the step's input `[batch, …]`
/// and the states, and gives the output and the new states. Keras calls the states `states`.
///
///     final class Average: RecurrentCell {
///         let properties = LayerProperties()
///         func stateShapes(_ input: Shape) -> [Shape] { [input] }
///         func step(_ x: SymbolicTensor, _ states: [SymbolicTensor], _: CellConstants) -> [SymbolicTensor] {
///             let mean = 0.9 * states[0] + 0.1 * x
///             return [mean, mean]
///         }
///     }
///     model.add(RNN(Average()))
public protocol RecurrentCell: Layer {
    /// The number of states; by default 1.
    var stateCount: Int { get }
    /// For a cell made of cells, the number of states of each; by default nil.
    var stateGroups: [Int]? { get }
    /// The state that stands for the output at a masked step; by default the first.
    var outputState: Int { get }
    /// The shape of a row of each state, for the shape of a row of a step's input.
    func stateShapes(_ input: Shape) throws(LayerError) -> [Shape]
    /// What is the same at all steps of a call, such as masks of dropout; by default nothing.
    ///
    /// - Parameters:
    ///   - input: the shape of a row of a step's input.
    ///   - rows: any tensor of the call.
    func constants(_ input: Shape, rows: SymbolicTensor, _ call: Call) throws(LayerError) -> CellConstants
    /// What `step` takes, for the inputs of all steps at once, `[batch, time, …]`; by default the inputs.
    func project(_ inputs: SymbolicTensor, _ constants: CellConstants) throws(LayerError) -> SymbolicTensor
    /// The output and the new states of one step.
    ///
    /// - Parameter x: the step's part of what `project` gives, without the dimension of time.
    func step(
        _ x: SymbolicTensor, _ states: [SymbolicTensor], _ constants: CellConstants
    ) throws(LayerError) -> [SymbolicTensor]
}

/// What is the same at all steps of a call of a cell.
public struct CellConstants {
    /// The factors of inputs and of states by which dropout acts; nil if nothing is dropped.
    var inputs, states: SymbolicTensor?
    /// Biases as rows of the batch.
    var biases: [SymbolicTensor] = []
    /// Those of the cells within the cell.
    var cells: [CellConstants] = []

    public init() {}
}

extension RecurrentCell {
    public var stateCount: Int { 1 }
    public var stateGroups: [Int]? { nil }
    public var outputState: Int { 0 }
    public var outputCount: Int { 1 + stateCount }
    public static var listedInputs: String? { "states" }
    public var listedGroups: [Int]? { stateGroups }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // `implementation` says how Keras computes the cell, and the model's seed keys the masks.
        for name in ["implementation", "seed"] { arguments[name] = nil }
    }

    public func constants(_ input: Shape, rows: SymbolicTensor, _ call: Call) throws(LayerError) -> CellConstants {
        CellConstants()
    }

    public func project(_ inputs: SymbolicTensor, _ constants: CellConstants) throws(LayerError) -> SymbolicTensor {
        inputs
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let (x, states) = (inputs[0], Array(inputs.dropFirst()))
        try check(states, of: self, step: x.spec.shape)
        guard states.count == stateCount else {
            throw .inputCount(layer: name, expected: 1 + stateCount, received: inputs.count)
        }
        let constants = try constants(x.spec.shape, rows: x, call)
        let projected = try project(reshape(x, x.spec.shape.rows(1)), constants)
        return try step(projected.step(0), states, constants)
    }

    /// The shape of a row of a step's input.
    func features(_ inputs: [TensorSpec]) throws(LayerError) -> Shape {
        guard let input = inputs.first?.shape else { throw .inputCount(layer: name, expected: 1, received: 0) }
        guard input.rank == 1 else {
            throw .input(layer: name, requirement: "have rows of [features]", received: input)
        }
        return input
    }
}

extension Layer {
    /// Checks the states that a cell begins with, if any are given.
    ///
    /// - Parameter step: the shape of a row of a step's input.
    /// - Throws: `LayerError.inputCount` and `LayerError.input`.
    func check(_ states: [SymbolicTensor], of cell: any RecurrentCell, step: Shape) throws(LayerError) {
        let shapes = try cell.stateShapes(step)
        guard states.isEmpty || states.count == shapes.count else {
            throw .inputCount(layer: name, expected: 1 + shapes.count, received: 1 + states.count)
        }
        for (state, shape) in zip(states, shapes) where state.spec.shape != shape {
            throw .input(layer: name, requirement: "have a state of rows \(shape)", received: state.spec.shape)
        }
    }
}

extension SymbolicTensor {
    /// One step of `[batch, time, …]`, as `[batch, …]`.
    func step(_ place: Int) -> SymbolicTensor {
        let shape = spec.shape
        return reshape(slice(self, axis: 0, place..<place + 1), Shape(Array(shape.dimensions.dropFirst())))
    }

    /// The same number everywhere, in rows of another shape of the same batch.
    func filled(_ shape: Shape, with value: Float) -> SymbolicTensor { one * Tensor.full(shape, value) }

    /// Equal parts of the last dimension.
    func parts(_ count: Int) -> [SymbolicTensor] {
        let width = (spec.shape.last ?? 0) / count
        return (0..<count).map { slice(self, axis: -1, $0 * width..<($0 + 1) * width) }
    }
}
