import LockstepCompute

/// Stops a training that no longer improves: Keras's `EarlyStopping`.
///
///     try model.fit(x, y, epochs: 100, validationSplit: 0.1, callbacks: [EarlyStopping(patience: 5, restoreBestWeights: true)])
public final class EarlyStopping: Callback {
    private let patience: Int
    private let baseline: Double?
    private let restoresBestWeights: Bool
    private let startFromEpoch: Int
    private let verbose: Int
    private var monitor: Monitor
    /// Epochs without an improvement.
    private var wait = 0
    private var bestEpoch = 0
    private var stoppedEpoch = 0

    /// - Parameters:
    ///   - monitor: the monitored value: `"loss"`, a metric, or one of them after `"val_"`.
    ///   - minDelta: the least change that counts as an improvement.
    ///   - patience: epochs without an improvement after which the training stops.
    ///   - verbose: 1 says when it acts.
    ///   - mode: which values are better.
    ///   - baseline: the patience begins anew only if the value is better than this too.
    ///   - restoreBestWeights: end with the weights of the best epoch, not of the last.
    ///   - startFromEpoch: the first epoch that counts.
    /// - Throws: `TrainingError.argument` for what is out of range.
    public init(
        monitor: String = "val_loss", minDelta: Double = 0, patience: Int = 0, verbose: Int = 0,
        mode: MonitorMode = .auto,
        baseline: Double? = nil, restoreBestWeights: Bool = false, startFromEpoch: Int = 0
    ) throws {
        guard patience >= 0 else {
            throw TrainingError.argument("patience", requirement: "0 or more", received: "\(patience)")
        }
        self.monitor = try Monitor(monitor, mode: mode, minDelta: minDelta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restoresBestWeights = restoreBestWeights
        self.startFromEpoch = startFromEpoch
    }

    public var memory: [String: Double] {
        get {
            var memory = ["wait": Double(wait), "bestEpoch": Double(bestEpoch), "stoppedEpoch": Double(stoppedEpoch)]
            memory["best"] = monitor.best
            return memory
        }
        set {
            wait = Int(newValue["wait"] ?? 0)
            bestEpoch = Int(newValue["bestEpoch"] ?? 0)
            stoppedEpoch = Int(newValue["stoppedEpoch"] ?? 0)
            monitor.best = newValue["best"]
        }
    }

    public func onTrainBegin(_ training: TrainingControl) throws {
        try monitor.check(training.names)
        monitor.begin(training)
        memory = [:]
    }

    public func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) throws {
        let value = try monitor.value(in: logs)
        guard epoch >= startFromEpoch else { return }
        if restoresBestWeights, !training.keepsWeights {
            training.keepWeights()
            bestEpoch = epoch
        }
        wait += 1
        if monitor.isImprovement(value, over: monitor.best) {
            monitor.best = value
            bestEpoch = epoch
            if restoresBestWeights { training.keepWeights() }
            if monitor.isImprovement(value, over: baseline) { wait = 0 }
        } else if wait >= patience, epoch > 0 {
            stoppedEpoch = epoch
            training.stopTraining = true
        }
    }

    public func onTrainEnd(_ training: TrainingControl) {
        if stoppedEpoch > 0, verbose > 0 { Terminal.write("Epoch \(stoppedEpoch + 1): early stopping\n") }
        guard restoresBestWeights, training.keepsWeights else { return }
        if verbose > 0 { Terminal.write("Restoring the weights of the best epoch: \(bestEpoch + 1)\n") }
        training.restoreWeights()
    }
}
