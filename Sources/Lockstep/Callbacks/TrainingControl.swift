import LockstepCompute
import LockstepLayers

/// A callback's access to a training, on rank 0 alone. All ranks do what callbacks ask, after all callbacks of the
/// moment have been called.
public final class TrainingControl {
    /// The number of the current epoch, from 0.
    public internal(set) var epoch = 0
    /// The number of the epoch to stop before: the argument of `fit`.
    public let epochs: Int
    /// The steps of an epoch.
    public let steps: Int
    /// The names that an epoch reports: the loss, the metrics, and those of the validation data after `"val_"`.
    public let names: [String]
    private let runtime: Runtime
    /// The orders that are not done yet, in their order.
    private var orders: [TrainingOrder] = []
    /// Weights that callbacks keep, by the callback's number.
    var kept: [Int: Weights] = [:]
    /// The number of the callback that is being called.
    private var caller = 0

    init(_ runtime: Runtime, epochs: Int, steps: Int, names: [String]) {
        self.runtime = runtime
        self.epochs = epochs
        self.steps = steps
        self.names = names
        learningRate = runtime.compilation?.optimizer.learningRate ?? 0
    }

    /// Whether the model is better if a reported number is larger: true for metrics that say so of themselves.
    func isBetterIfLarger(_ name: String) -> Bool {
        let name = name.hasPrefix("val_") ? String(name.dropFirst(4)) : name
        return runtime.compilation?.betterIfLarger.contains(name) ?? false
    }

    /// Ends the training after this epoch, when set to true: Keras's `stop_training`.
    public var stopTraining = false {
        didSet { if stopTraining { orders.append(.stop) } }
    }

    /// The optimizer's learning rate from the next step on.
    public var learningRate: Double {
        didSet { orders.append(.learningRate(learningRate)) }
    }

    /// Copies of all weights, layer by layer.
    public var weights: [Tensor] { runtime.arena.weights.map { $0.value.copy() } }

    /// Saves the model with its compilation and the optimizer's state, or its weights alone. The file's ending decides
    /// the format.
    public func save(to path: String, weightsOnly: Bool = false) {
        orders.append(.save(path, weightsOnly: weightsOnly))
    }

    /// Keeps a copy of the weights. It replaces the copy that this callback kept before. Checkpoints hold it.
    public func keepWeights() { kept[caller] = runtime.weights }

    /// Whether this callback keeps weights.
    public var keepsWeights: Bool { kept[caller] != nil }

    /// Gives the model the weights that this callback keeps. If it keeps none, nothing changes.
    public func restoreWeights() { if keepsWeights { orders.append(.restoreWeights(caller)) } }

    /// Continues from the state of a training.
    func resume(learningRate: Double, kept: [Int: Weights]) {
        self.learningRate = learningRate
        self.kept = kept
        orders = []
    }

    /// Calls each callback, and returns what they ask for.
    func consult(_ callbacks: [any Callback], _ call: (any Callback) throws -> Void) throws -> [TrainingOrder] {
        for (number, callback) in callbacks.enumerated() {
            caller = number
            try call(callback)
        }
        defer { orders = [] }
        return orders
    }
}
