import LockstepCompute
import LockstepLayers

/// What a callback sees of a training, and what it can ask of it. On rank 0 alone; what is asked is done on all ranks
/// when the callbacks of the moment have had their say.
public final class TrainingControl {
    /// The number of the epoch under way, from 0.
    public internal(set) var epoch = 0
    /// The number of the epoch to stop before, as `fit` was told.
    public let epochs: Int
    /// The steps of an epoch.
    public let steps: Int
    /// What an epoch reports: the loss, the metrics, and those of the validation data behind `"val_"`.
    public let names: [String]
    private let runtime: Runtime
    /// What has been asked for and not yet done, in its order.
    private var orders: [TrainingOrder] = []
    /// Weights that callbacks keep, by the callback's number.
    var kept: [Int: Weights] = [:]
    /// The number of the callback that has its say.
    private var caller = 0

    init(_ runtime: Runtime, epochs: Int, steps: Int, names: [String]) {
        self.runtime = runtime
        self.epochs = epochs
        self.steps = steps
        self.names = names
        learningRate = runtime.compilation?.optimizer.learningRate ?? 0
    }

    /// Ends the training after this epoch, when set to true: Keras's `stop_training`.
    public var stopTraining = false {
        didSet { if stopTraining { orders.append(.stop) } }
    }

    /// The optimizer's learning rate from the next step on.
    public var learningRate: Double {
        didSet { orders.append(.learningRate(learningRate)) }
    }

    /// The values of all parameters, layer by layer, copied.
    public var weights: [Tensor] { runtime.arena.weights.map { $0.value.copy() } }

    /// Saves the model, compiled and with what its optimizer remembers, or its weights alone, in the format of the
    /// file's ending.
    public func save(to path: String, weightsOnly: Bool = false) {
        orders.append(.save(path, weightsOnly: weightsOnly))
    }

    /// Keeps the weights as they are, in place of those this callback kept before. They are part of checkpoints.
    public func keepWeights() { kept[caller] = runtime.weights }

    /// Whether this callback keeps weights.
    public var keepsWeights: Bool { kept[caller] != nil }

    /// Gives the model the weights that this callback keeps; without any it changes nothing.
    public func restoreWeights() { if keepsWeights { orders.append(.restoreWeights(caller)) } }

    /// Goes on from where a training was.
    func resume(learningRate: Double, kept: [Int: Weights]) {
        self.learningRate = learningRate
        self.kept = kept
        orders = []
    }

    /// Lets each callback have its say; returns what they ask for.
    func consult(_ callbacks: [any Callback], _ call: (any Callback) throws -> Void) throws -> [TrainingOrder] {
        for (number, callback) in callbacks.enumerated() {
            caller = number
            try call(callback)
        }
        defer { orders = [] }
        return orders
    }
}
