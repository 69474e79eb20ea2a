import LockstepCluster
import LockstepCompute
import LockstepLayers

/// The epochs of one `fit`.
final class FitLoop {
    private let model: Model
    private let runtime: Runtime
    private let training: CheckedData
    private let feed: Feed
    private let validation: (checked: CheckedData, feed: Feed)?
    private let names: [String]
    private let epochs: Range<Int>
    private let shuffle: Bool
    private let classWeights: ClassWeights?
    private let verbose: Int
    private let callbacks: [any Callback]
    private let control: TrainingControl
    private let checkpointing: Checkpointing?
    private let keepsLastGood: Bool
    private let termination: Termination
    private var position: FitPosition

    init(
        _ model: Model, _ runtime: Runtime, training: CheckedData, rows: Range<Int>,
        validation: (checked: CheckedData, rows: Range<Int>)?,
        batchSize: Int, epochs: Range<Int>, shuffle: Bool, classWeights: ClassWeights?, verbose: Int,
        callbacks: [any Callback],
        checkpointing: Checkpointing?, keepsLastGood: Bool
    ) throws {
        guard let compilation = runtime.compilation else { throw TrainingError.notCompiled(call: "fit") }
        self.model = model
        self.runtime = runtime
        self.training = training
        self.epochs = epochs
        self.shuffle = shuffle
        self.classWeights = classWeights
        self.verbose = verbose
        self.callbacks = callbacks
        self.checkpointing = checkpointing
        self.keepsLastGood = keepsLastGood
        termination = Termination(writesCheckpoints: checkpointing != nil)
        names = compilation.names
        feed = Feed(training.data, rows: rows, batchSize: batchSize, of: runtime)
        self.validation = validation.map {
            ($0.checked, Feed($0.checked.data, rows: $0.rows, batchSize: batchSize, of: runtime))
        }
        let reported = names + (validation == nil ? [] : names.map { "val_" + $0 })
        let params = ["epochs": epochs.upperBound, "steps": feed.plan.steps, "verbose": verbose]
        let history = History(names: reported, params: params)
        position = FitPosition(
            epoch: epochs.lowerBound, sums: Array(repeating: 0, count: runtime.means.sums), history: history)
        control = TrainingControl(runtime, epochs: epochs.upperBound, steps: feed.plan.steps, names: reported)
    }

    /// Collective: has the training keep a limit of memory.
    ///
    /// - Throws: `TrainingError.memoryLimit` on all ranks.
    func keep(_ limit: MemoryLimit) throws {
        let computation = training.computation
        try runtime.keep(
            limit, classWeights == nil ? computation.network : computation.classWeighted, feed,
            validation: validation.map { ($0.checked.computation.network, $0.feed) })
    }

    func run() throws -> History {
        (runtime.epochSeconds, runtime.checkpointSeconds, runtime.goodEpoch) = ([], [], nil)
        let snapshot = try checkpointing?.resume()
        defer { model.history = position.history }
        try consult { try $0.onTrainBegin(control) }
        if let snapshot { try resume(snapshot) }
        while position.epoch < epochs.upperBound, !position.isStopped { try epoch() }
        // With the weights that further epochs begin with.
        try checkpointing?.end(position, callbacks: callbacks, kept: control.kept)
        if epochs.upperBound > 0 { try runtime.trainer?.takeAverages() }
        try consult { try $0.onTrainEnd(control) }
        return position.history
    }

    /// Collective: goes on from where a training was, whose weights are restored already.
    private func resume(_ snapshot: Snapshot) throws {
        let params = position.history.params
        position = snapshot.state.position
        position.history = position.history.with(params: params)
        runtime.coordinator.report {
            for (callback, memory) in zip(callbacks, snapshot.state.callbacks) { callback.memory = memory }
            control.resume(learningRate: snapshot.state.learningRates.first ?? 0, kept: snapshot.kept)
            if verbose > 0 { Terminal.write("Going on in epoch \(position.epoch + 1) after step \(position.step)\n") }
        }
    }

    private func epoch() throws {
        let start = monotonicSeconds()
        let progress = Progress(names: position.history.names, steps: feed.plan.steps, verbose: verbose)
        runtime.coordinator.report { progress.begin(epoch: position.epoch, of: epochs.upperBound) }
        try train(progress)
        var values = runtime.means(position.sums, samples: feed.plan.samples)
        if let (checked, feed) = validation { values += try runtime.evaluate(feed, checked) }
        try runtime.checkWeights(after: position.epoch)
        let record = try runtime.coordinator.decide {
            let logs = Scores(names: position.history.names, values: values)
            let orders = try control.consult(callbacks) { try $0.onEpochEnd(position.epoch, logs: logs, control) }
            return EpochRecord(
                values: values, orders: TrainingOrders(orders),
                isCheckpointDue: checkpointing?.isDueAfterEpoch() ?? false)
        }
        position.history.append(epoch: position.epoch, record.values)
        if keepsLastGood { try runtime.keep(epoch: position.epoch, loss: record.values[0]) }
        runtime.coordinator.report { progress.end(record.values) }
        runtime.epochSeconds.append(monotonicSeconds() - start)
        try obey(record.orders)
        position.advance()
        guard let checkpointing else { return }
        // There is no step to learn it with.
        var codes = [termination.request.code]
        try runtime.communicator.allReduceSum(&codes)
        try endIfAsked(EndRequest(code: codes[0]))
        if record.isCheckpointDue { try checkpointing.take(position, callbacks: callbacks, kept: control.kept) }
    }

    /// The steps of an epoch, or the rest of them.
    private func train(_ progress: Progress) throws {
        control.epoch = position.epoch
        if position.step == 0 { position.stepsBefore = runtime.trainer?.steps ?? 0 }
        let plan = try runtime.coordinator.decide {
            let orders =
                position.step > 0 ? [] : try control.consult(callbacks) { try $0.onEpochBegin(position.epoch, control) }
            // Keyed by the steps so far, which another fit does not begin anew.
            let stream = RandomStream(seed: runtime.context.seed, purpose: .shuffle, step: position.stepsBefore)
            return EpochPlan(
                order: shuffle ? stream.permutation(of: feed.plan.samples) : nil, orders: TrainingOrders(orders))
        }
        try obey(plan.orders)
        try runtime.crew.together {
            try feed.pass(order: plan.order, from: position.step) { step in
                runtime.totals.endRequest = termination.request
                checkpointing?.request(in: runtime.totals)
                try runtime.trainStep(step, epoch: position.epoch, of: feed, training, classWeights: classWeights)
                for index in position.sums.indices { position.sums[index] += runtime.totals.values[index] }
                position.step = step + 1
                if verbose == 1 {
                    let rows = feed.plan.batch(step).upperBound
                    runtime.coordinator.report {
                        progress.update(step: step + 1, values: runtime.means(position.sums, samples: rows))
                    }
                }
                try afterStep()
            }
        }
    }

    /// Callbacks that look at batches, and what ranks asked for with the step.
    private func afterStep() throws {
        if !callbacks.isEmpty { try consultAfterBatch() }
        if runtime.totals.isCheckpointRequested {
            try checkpointing?.take(position, callbacks: callbacks, kept: control.kept)
        }
        try endIfAsked(runtime.totals.endRequests)
    }

    /// Collective: ends the training if a signal has asked some rank to, with a last checkpoint where there is a folder
    /// for them.
    ///
    /// - Throws: `TrainingError.interrupted` on all ranks.
    private func endIfAsked(_ request: EndRequest) throws {
        guard let signal = request.signal, checkpointing?.isBetweenUpdates ?? true else { return }
        let file = try checkpointing?.takeLast(position, callbacks: callbacks, kept: control.kept)
        termination.answer()
        throw TrainingError.interrupted(signal: signal, epoch: position.epoch, step: position.step, checkpoint: file)
    }

    private func consultAfterBatch() throws {
        let steps = (position.epoch - epochs.lowerBound) * feed.plan.steps + position.step
        guard callbacks.contains(where: { $0.batchInterval.map { steps % $0 == 0 } ?? false }) else { return }
        let rows = feed.plan.batch(position.step - 1).upperBound
        let logs = Scores(names: names, values: runtime.means(position.sums, samples: rows))
        try consult { callback in
            guard let interval = callback.batchInterval, steps % interval == 0 else { return }
            try callback.onTrainBatchEnd(position.step - 1, logs: logs, control)
        }
    }

    /// Collective: lets rank 0's callbacks have their say and does what they ask for.
    private func consult(_ call: (any Callback) throws -> Void) throws {
        guard !callbacks.isEmpty else { return }
        try obey(try runtime.coordinator.decide { TrainingOrders(try control.consult(callbacks, call)) })
    }

    /// Collective: does what callbacks ask for.
    private func obey(_ orders: TrainingOrders) throws {
        for order in orders.orders {
            switch order {
            case .stop: position.isStopped = true
            case .learningRate(let rate): try model.setLearningRate(rate)
            case .save(let path, let weightsOnly): try weightsOnly ? model.saveWeights(path) : model.save(path)
            case .restoreWeights(let callback): try runtime.setWeights(control.kept[callback])
            }
        }
    }
}
