import LockstepCluster
import LockstepCompute
import LockstepLayers

extension Model {
    /// Trains one step with these samples as one batch: Keras's `train_on_batch`. It returns the loss and the metrics
    /// of the batch before the step.
    ///
    /// Collective: each rank computes its shard of the batch.
    ///
    /// - Parameter reproducibility: under which conditions the results have the same bits again.
    /// - Throws: on every rank, if anything is wrong on one.
    @discardableResult
    public func trainOnBatch(
        _ x: consuming (any TensorGroup)?, _ y: consuming (any TensorGroup)? = nil,
        sampleWeight: consuming (any TensorGroup)? = nil,
        reproducibility: Reproducibility = .onSameRanks
    ) throws -> Scores {
        // The arguments are consumed, because a small step would notice copies of them.
        let (checked, runtime) = try prepare(
            CallData(x: x, y: y, weights: sampleWeight), call: "trainOnBatch", trains: true,
            reproducibility: reproducibility, common: [])
        defer { runtime.activity.enter(.program) }
        let feed = Feed(checked.data, rows: 0..<checked.data.samples, batchSize: checked.data.samples, of: runtime)
        try runtime.crew.together {
            try feed.pass { step in
                try runtime.trainStep(step, epoch: 0, of: feed, checked)
            }
        }
        let values = runtime.means(runtime.totals.values, samples: checked.data.samples)
        return Scores(names: compilation?.names ?? [], values: values)
    }

    /// The loss and the metrics of these samples as one batch: Keras's `test_on_batch`.
    ///
    /// Collective: each rank computes its shard of the batch.
    ///
    /// - Parameter reproducibility: under which conditions the results have the same bits again.
    /// - Throws: on every rank, if anything is wrong on one.
    public func testOnBatch(
        _ x: (any TensorGroup)?, _ y: (any TensorGroup)? = nil, sampleWeight: (any TensorGroup)? = nil,
        reproducibility: Reproducibility = .onSameRanks
    ) throws -> Scores {
        let (checked, runtime) = try prepare(
            CallData(x: x, y: y, weights: sampleWeight), call: "testOnBatch", reproducibility: reproducibility,
            common: [])
        defer { runtime.activity.enter(.program) }
        let feed = Feed(checked.data, rows: 0..<checked.data.samples, batchSize: checked.data.samples, of: runtime)
        let values = try runtime.evaluate(feed, checked)
        return Scores(names: compilation?.names ?? [], values: values)
    }
}
