import LockstepCompute

/// How values move along their gradient: Keras's optimizers, with its formulas and defaults (`keras.optimizers`).
///
/// An optimizer is a description; what it remembers of a model lies in that model's `OptimizerState`. Adding one costs
/// a file and a row in the table test.
public protocol Optimizer: Configurable, Sendable {
    /// Keras's name, `"adam"`.
    var name: String { get }
    /// What all optimizers have.
    var options: OptimizerOptions { get set }
    /// What it remembers for each parameter, by Keras's names, in the order of Keras's files: there the parameters
    /// follow one another within each group, and the names of the group within each parameter.
    var slotNames: [[String]] { get }
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
    public static func modernize(_ arguments: inout [String: ConfigurationValue]) { modernizeOptions(&arguments) }

    /// How many values it remembers for each parameter.
    public var slotCount: Int { slotNames.reduce(0) { $0 + $1.count } }

    /// - Throws: `LayerError.optimizer` if the value is out of the range.
    func check(_ argument: String, _ value: Double, _ range: ClosedRange<Double>) throws(LayerError) {
        guard range.contains(value), value.isFinite else {
            let upper = range.upperBound == .greatestFiniteMagnitude ? "" : " to \(range.upperBound)"
            throw .optimizer(
                name: name, argument: argument, requirement: "from \(range.lowerBound)\(upper)", received: value)
        }
    }
}

/// Finds optimizers by Keras's names.
public enum Optimizers {
    private static let named: [String: any Optimizer] = ["sgd": SGD(), "rmsprop": RMSprop(), "adam": Adam()]

    package static var names: [String] { named.keys.sorted() }

    /// The optimizer of a Keras name, in any case, at its defaults.
    ///
    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> any Optimizer {
        guard let optimizer = named[name.lowercased()] else {
            throw .unknownName(kind: "optimizer", known: names, received: name)
        }
        return optimizer
    }
}
