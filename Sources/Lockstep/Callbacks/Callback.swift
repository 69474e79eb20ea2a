/// Looks on while a model trains, and may decide: Keras's `Callback`.
///
/// Its methods are called on rank 0 alone, so that it decides once; what it asks of the `TrainingControl` is then done
/// on all ranks. Every rank gives `fit` the same callbacks. A method that throws ends the training on all ranks.
///
///     final class Halving: Callback {
///         func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) { training.learningRate /= 2 }
///     }
public protocol Callback: AnyObject {
    /// Steps from one call of `onTrainBatchEnd` to the next; nil, the default, never calls it. A call costs a message
    /// to all ranks.
    var batchInterval: Int? { get }
    /// What it must remember to go on after a restart: saved in checkpoints, and set after `onTrainBegin` when a
    /// training goes on from one.
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
