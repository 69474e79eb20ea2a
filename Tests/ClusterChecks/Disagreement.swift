import Lockstep
import TestSupport

/// A job in which one rank gets something else than the others.
enum DisagreeingJob {
    /// Collective.
    ///
    /// - Parameters:
    ///   - field: what differs on the rank: model, data, batchSize, optimizer or seed.
    ///   - rank: the rank that differs.
    static func run(_ field: String, rank: Int) throws {
        func differs(_ name: String) -> Bool { field == name && Job.rank == rank }
        let (x, y) = task(samples: 40)
        if differs("data") { x[7] += 1 }
        let model = Sequential(
            [Dense(differs("model") ? 9 : 8, activation: .relu, inputDim: 6), Dense(3, activation: .softmax)],
            seed: differs("seed") ? 2 : 1
        )
        try model.compile(
            optimizer: SGD(learningRate: differs("optimizer") ? 0.1 : 0.01), loss: .categoricalCrossentropy)
        try model.fit(x, y, batchSize: differs("batchSize") ? 16 : 8, verbose: 0)
    }
}
