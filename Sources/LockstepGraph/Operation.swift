import LockstepCompute

/// A forward/backward pair on tensors. It owns no weights and no state: weights are inputs that are not batched.
///
/// A value, with all that it computes by in its properties. Layers compose the operations there are; where that is not
/// enough, a program writes one of its own and applies it with `call.trace.apply(_:to:)`.
public protocol Operation {
    /// Whether inputs can have gradients at all; true unless it says otherwise. Where they cannot, there is no
    /// backward.
    var isDifferentiable: Bool { get }
    /// Whether it takes int32 inputs of these specs as they are. By default it does not: they become float32, as in
    /// Keras, rounded beyond ±2²⁴.
    func takesIntegers(_ inputs: [TensorSpec]) -> Bool
    /// Checks the inputs, and tells what the outputs are.
    ///
    /// - Throws: `OperationError`, which becomes an error of the layer that applies it.
    func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec]
    /// What the operation needs of a plan. By default it keeps inputs and outputs for backward.
    func memory(_ call: OperationShapes) -> OperationMemory
    /// Computes the outputs. Not called where `memory.sharesInput`.
    func forward(_ pass: ForwardPass)
    /// What it costs to compute the outputs once more in backward. `costly` unless it says otherwise.
    var recomputation: RecomputationCost { get }
    /// Computes the outputs once more in backward, with the same bits, from the same inputs. Calls `forward` unless it
    /// does otherwise.
    func recompute(_ pass: ForwardPass)
    /// Overwrites the gradients that are wanted: of batched inputs in `pass.inputGradients`, of others with
    /// `pass.sumOverRows`. Not called where `memory.sharesInput`.
    func backward(_ pass: BackwardPass)
}

extension Operation {
    public var isDifferentiable: Bool { true }
    public func takesIntegers(_ inputs: [TensorSpec]) -> Bool { false }
    public func memory(_ call: OperationShapes) -> OperationMemory {
        OperationMemory(keepsInputs: true, keepsOutputs: true)
    }
    public var recomputation: RecomputationCost { .costly }
    public func recompute(_ pass: ForwardPass) { forward(pass) }
}

/// What it costs to compute an operation once more in backward, where a limit of memory asks for that.
public enum RecomputationCost: Sendable {
    /// The operation communicates, or has effects outside its outputs. It is computed once.
    case forbidden
    /// About as much as reading the inputs and writing the outputs.
    case cheap
    /// More than that, as a product of matrices.
    case costly
}

/// An operation whose last part is an activation function, which a loss may want to do without.
package protocol ActivatedOperation: Operation {
    var activation: ActivationFunction { get }
    /// The operation with another activation.
    func with(activation: ActivationFunction) -> any Operation
}

/// The shapes that an operation meets in one plan, with the rows of the batch in front of those that are batched.
public struct OperationShapes {
    public let inputs: [Shape]
    public let outputs: [Shape]
    /// Whether backward follows.
    public let training: Bool
}

/// What one operation needs of a plan.
public struct OperationMemory {
    /// Backward reads the inputs.
    public var keepsInputs = false
    /// Backward reads the outputs.
    public var keepsOutputs = false
    /// The only output is the first input in another shape: the plan gives both the same memory, and nothing is
    /// computed.
    public var sharesInput = false
    /// Tensors that forward fills and backward reads.
    public var saved: [Shape] = []
    /// `recompute` reads the saved tensors as forward left them, and does not fill them. So they are kept.
    package var recomputesFromSaved = false
    /// The elements of sums over rows. One `[micro-shards, elements]` tensor for each, kept until backward.
    package var sums: [Int] = []

    public init(keepsInputs: Bool = false, keepsOutputs: Bool = false, sharesInput: Bool = false, saved: [Shape] = []) {
        self.keepsInputs = keepsInputs
        self.keepsOutputs = keepsOutputs
        self.sharesInput = sharesInput
        self.saved = saved
    }
}

/// What can be wrong with the inputs of an operation.
public enum OperationError: Error, Equatable, CustomStringConvertible {
    case inputCount(expected: Int, received: Int)
    case shapes(requirement: String, received: [TensorSpec])
    case values(requirement: String, received: Double)
    /// Inputs of which none has the batch in front.
    case onlyWeights(received: [TensorSpec])
    /// A tensor of another call or another model.
    case foreign
    /// Text, of which a layer must make numbers first.
    case text

    public var description: String {
        switch self {
        case .inputCount(let expected, let received): "an operation takes \(expected) input(s), received: \(received)"
        case .shapes(let requirement, let received):
            "an operation needs \(requirement), received: \(received.map(\.description).joined(separator: ", "))"
        case .values(let requirement, let received):
            "the inputs must be \(requirement), received: \(received.plainDescription)"
        case .onlyWeights(let received):
            "an operation needs an input with the batch in front, received only weights: "
                + "\(received.map(\.description).joined(separator: ", ")); apply them to the layer's input one after another"
        case .foreign: "an operation takes tensors of its layer's call and weights, received: a tensor from elsewhere"
        case .text:
            "the inputs must be numbers, received: text, of which StringLookup, TextVectorization or Hashing makes numbers"
        }
    }
}

extension [TensorSpec] {
    /// Checks how many inputs there are.
    package func checkCount(_ expected: Int) throws(OperationError) {
        guard count == expected else { throw .inputCount(expected: expected, received: count) }
    }

    /// Checks that the inputs are those that an operation was made for.
    func check(_ expected: [TensorSpec]) throws(OperationError) {
        guard self == expected else {
            throw .shapes(requirement: expected.map(\.description).joined(separator: ", "), received: self)
        }
    }
}

extension TensorSpec {
    /// The number of a dimension of the row; negative ones count from the last, which is −1.
    func axis(_ axis: Int) throws(OperationError) -> Int {
        guard isBatched, axis >= -shape.rank, axis < shape.rank else {
            throw .shapes(requirement: "[batch, …] with a dimension \(axis) of the row", received: [self])
        }
        return axis < 0 ? axis + shape.rank : axis
    }
}
