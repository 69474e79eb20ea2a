import LockstepCompute
import LockstepFormats

/// Saves the model now and then, or when it is better than before: Keras's `ModelCheckpoint`.
///
///     ModelCheckpoint("best.keras", saveBestOnly: true)
///     ModelCheckpoint("{epoch:02d}-{val_loss:.2f}.weights.h5", saveWeightsOnly: true)
///
/// To continue an interrupted training, give `fit` a `Checkpoint`, which holds the whole training and not only the
/// model.
public final class ModelCheckpoint: Callback {
    /// When a model is saved.
    public enum Frequency: Equatable, Sendable {
        case epoch
        /// After every so many steps.
        case batches(Int)
    }

    private let path: FilePattern
    private let saveBestOnly: Bool
    private let saveWeightsOnly: Bool
    private let frequency: Frequency
    private let verbose: Int
    private let threshold: Double?
    private var monitor: Monitor

    /// - Parameters:
    ///   - filePath: where to, with `{epoch}`, counted from 1, `{batch}` and the names of what is reported in braces,
    ///     each with a format such as `:02d` or `:.2f` if one is wanted.
    ///   - monitor: the value that decides which model is better: `"loss"`, a metric, or one of them after `"val_"`.
    ///   - verbose: 1 says when it acts.
    ///   - saveBestOnly: save a model only if it is better than those before.
    ///   - saveWeightsOnly: save the weights alone.
    ///   - mode: which values are better.
    ///   - saveFrequency: when models are saved: Keras's `save_freq`.
    ///   - initialValueThreshold: the first model must be better than this value.
    /// - Throws: `TrainingError.argument` for what cannot be, and names the argument.
    public init(
        _ filePath: String, monitor: String = "val_loss", verbose: Int = 0, saveBestOnly: Bool = false,
        saveWeightsOnly: Bool = false,
        mode: MonitorMode = .auto, saveFrequency: Frequency = .epoch, initialValueThreshold: Double? = nil
    ) throws {
        if case .batches(let count) = saveFrequency, count < 1 {
            throw TrainingError.argument("saveFrequency", requirement: "1 batch or more", received: "\(count)")
        }
        path = try FilePattern(filePath)
        let formats = saveWeightsOnly ? ModelFormat.weightsAlone : [.keras, .legacy]
        guard (try? ModelFormat(filePath, among: formats)) != nil else {
            let what = saveWeightsOnly ? "weights alone" : "a whole model"
            throw TrainingError.argument(
                "filePath", requirement: "a name that ends in \(ModelFormat.list(formats)), for \(what)",
                received: filePath)
        }
        threshold = initialValueThreshold
        self.monitor = try Monitor(monitor, mode: mode, best: threshold)
        self.verbose = verbose
        self.saveBestOnly = saveBestOnly
        self.saveWeightsOnly = saveWeightsOnly
        frequency = saveFrequency
    }

    public var batchInterval: Int? {
        guard case .batches(let count) = frequency else { return nil }
        return count
    }

    public var memory: [String: Double] {
        get { monitor.best.map { ["best": $0] } ?? [:] }
        set { monitor.best = newValue["best"] ?? threshold }
    }

    public func onTrainBegin(_ training: TrainingControl) throws {
        let names = frequency == .epoch ? training.names : training.names.filter { !$0.hasPrefix("val_") }
        if saveBestOnly { try monitor.check(names) }
        monitor.begin(training)
        let logs = Scores(names: names, values: names.map { _ in 0 })
        _ = try path.name(epoch: 0, batch: frequency == .epoch ? nil : 0, logs)
    }

    public func onTrainBatchEnd(_ batch: Int, logs: Scores, _ training: TrainingControl) throws {
        try save(epoch: training.epoch, batch: batch, logs, training)
    }

    public func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) throws {
        if frequency == .epoch { try save(epoch: epoch, batch: nil, logs, training) }
    }

    private func save(epoch: Int, batch: Int?, _ logs: Scores, _ training: TrainingControl) throws {
        let file = try path.name(epoch: epoch, batch: batch, logs)
        if saveBestOnly {
            let value = try monitor.value(in: logs)
            guard monitor.isImprovement(value, over: monitor.best) else { return }
            monitor.best = value
        }
        if verbose > 0 { Terminal.write("Epoch \(epoch + 1): saving to \(file)\n") }
        training.save(to: file, weightsOnly: saveWeightsOnly)
    }
}
