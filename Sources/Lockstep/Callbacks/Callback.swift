/// Watches a training and may control it: Keras's `Callback`.
///
/// Its methods are called on rank 0 alone, so that it decides once. All ranks then do what it asked of the
/// `TrainingControl`. Every rank gives `fit` the same callbacks. A method that throws ends the training on all ranks.
///
///     final class Halving: Callback {
///         func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) { training.learningRate /= 2 }
///     }
public protocol Callback: AnyObject {
    /// Steps from one call of `onTrainBatchEnd` to the next; nil, the default, never calls it. A call costs a message
    /// to all ranks.
    var batchInterval: Int? { get }
    /// The state that it needs after a restart. Checkpoints hold it. When a training continues from a checkpoint, it is
    /// set after `onTrainBegin`.
    var memory: [String: Double] { get set }

    func onTrainBegin(_ training: TrainingControl) throws
    /// - Parameter epoch: counts from 0.
    func onEpochBegin(_ epoch: Int, _ training: TrainingControl) throws
    /// - Parameters:
    ///   - batch: counts from 0 in its epoch.
    ///   - logs: the means of loss and metrics so far in this epoch.
    func onTrainBatchEnd(_ batch: Int, logs: Scores, _ training: TrainingControl) throws
    /// - Parameters:
    ///   - epoch: counts from 0.
    ///   - logs: loss and metrics of the epoch, and of the validation data behind `"val_"`.
    func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) throws
    func onTrainEnd(_ training: TrainingControl) throws
}

extension Callback {
    public var batchInterval: Int? { nil }
    public var memory: [String: Double] {
        get { [:] }
        set {}
    }

    public func onTrainBegin(_ training: TrainingControl) throws {}
    public func onEpochBegin(_ epoch: Int, _ training: TrainingControl) throws {}
    public func onTrainBatchEnd(_ batch: Int, logs: Scores, _ training: TrainingControl) throws {}
    public func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) throws {}
    public func onTrainEnd(_ training: TrainingControl) throws {}
}
