import LockstepCompute

/// How values move along their gradient: Keras's optimizers, with its formulas and defaults (`keras.optimizers`).
///
/// An optimizer is a description; what it remembers of a model lies in that model's `OptimizerState`. Adding one costs a file and a
/// row in the table test.
public protocol Optimizer: Sendable {
    /// Keras's name, `"adam"`.
    var name: String { get }
    var learningRate: Double { get set }
    /// How many values it remembers for each parameter.
    var slotCount: Int { get }
    /// - Throws: `LayerError.optimizer` for hyperparameters out of their range.
    func validate() throws(LayerError)
    /// Moves the values: one pass over the arena.
    ///
    /// - Parameters:
    ///   - scale: what the gradients are multiplied with first, one over the global number of rows.
    ///   - iteration: counts the updates from 1.
    func update(_ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew)
}

extension Optimizer {
    /// - Throws: `LayerError.optimizer` if the value is out of the range.
    func check(_ argument: String, _ value: Double, _ range: ClosedRange<Double>) throws(LayerError) {
        guard range.contains(value), value.isFinite else {
            let upper = range.upperBound == .greatestFiniteMagnitude ? "" : " to \(range.upperBound)"
            throw .optimizer(name: name, argument: argument, requirement: "from \(range.lowerBound)\(upper)", received: value)
        }
    }

    func checkLearningRate() throws(LayerError) { try check("learningRate", learningRate, 0...(.greatestFiniteMagnitude)) }
}

/// What an optimizer remembers of a model: its slots, each the size of the arena, and how many updates it has made.
public final class OptimizerState {
    public let slots: [Tensor]
    public package(set) var iterations = 0

    public init(for optimizer: any Optimizer, arena: Arena) {
        slots = (0..<optimizer.slotCount).map { _ in Tensor.zeros(arena.values.shape) }
    }

    /// One update of all values in the arena.
    public func update(_ arena: Arena, with optimizer: any Optimizer, scale: Float, on crew: Crew) {
        iterations += 1
        optimizer.update(arena.values, gradients: arena.gradients, scale: scale, iteration: iterations, slots: slots, on: crew)
    }
}

/// Finds optimizers by Keras's names.
public enum Optimizers {
    private static let named: [String: any Optimizer] = ["sgd": SGD(), "rmsprop": RMSprop(), "adam": Adam()]

    /// The optimizer of a Keras name, in any case, at its defaults.
    ///
    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> any Optimizer {
        guard let optimizer = named[name.lowercased()] else {
            throw .unknownName(kind: "optimizer", known: named.keys.sorted(), received: name)
        }
        return optimizer
    }
}
