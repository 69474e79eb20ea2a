import LockstepCluster
import LockstepCompute
import LockstepLayers

extension Model {
    /// One step on these samples as one batch; returns the loss and the metrics of the batch before the step: Keras's
    /// `train_on_batch`.
    ///
    /// Collective: each rank computes its shard of the batch.
    ///
    /// - Parameter reproducibility: under which circumstances results come again to the bit.
    /// - Throws: on every rank, if anything is wrong on one.
    @discardableResult
    public func trainOnBatch(_ x: Tensor?, _ y: Tensor?, reproducibility: Reproducibility = .onSameRanks) throws -> Scores {
        let (intake, runtime) = try admit(
            x, y, call: "trainOnBatch", hasTargets: true, trains: true, reproducibility: reproducibility, common: [])
        defer { runtime.communicator.activity.enter(.program) }
        let feed = Feed(intake.data, rows: 0..<intake.data.samples, batchSize: intake.data.samples, of: runtime)
        try runtime.crew.together {
            try feed.pass { step in
                try runtime.trainStep(step, epoch: 0, of: feed, targetShape: intake.data.targetShape ?? [], metrics: intake.metrics)
            }
        }
        let count = Double(intake.data.samples * runtime.positions)
        return Scores(names: compilation?.names ?? [], values: runtime.totals.values.map { $0 / count })
    }

    /// The loss and the metrics of these samples as one batch: Keras's `test_on_batch`.
    ///
    /// Collective: each rank computes its shard of the batch.
    ///
    /// - Parameter reproducibility: under which circumstances results come again to the bit.
    /// - Throws: on every rank, if anything is wrong on one.
    public func testOnBatch(_ x: Tensor?, _ y: Tensor?, reproducibility: Reproducibility = .onSameRanks) throws -> Scores {
        let (intake, runtime) = try admit(x, y, call: "testOnBatch", hasTargets: true, reproducibility: reproducibility, common: [])
        defer { runtime.communicator.activity.enter(.program) }
        let feed = Feed(intake.data, rows: 0..<intake.data.samples, batchSize: intake.data.samples, of: runtime)
        let values = try runtime.evaluate(feed, targetShape: intake.data.targetShape ?? [], metrics: intake.metrics)
        return Scores(names: compilation?.names ?? [], values: values)
    }
}
