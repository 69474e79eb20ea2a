import Foundation
import Lockstep

/// What remains of a training after an error on all ranks. Oracle: the same training with fewer epochs.
let lastGoodChecks: [Check] = [
    Check("a failed training can go back to its last good epoch, and continues from there as if nothing had happened") {
        communicator in
        func make() throws -> Sequential { try classifier(communicator, features: 6, classes: 3) }
        let undisturbed = try make()
        let history = try undisturbed.fit(x, y, epochs: 3, batchSize: 8, verbose: 0)
        let early = try undisturbed.weights
        try undisturbed.fit(x, y, epochs: 6, batchSize: 8, verbose: 0, initialEpoch: 3)

        let model = try make()
        try expectThrow("an error of a callback", { "\($0)".contains("an injected fault") }) {
            try model.fit(x, y, epochs: 6, batchSize: 8, verbose: 0, callbacks: [Failing(in: 3)], keepLastGood: true)
        }
        try expect(model.lastGoodEpoch == 2, "\(model.lastGoodEpoch ?? -1)")
        try expect(model.history?.history == history.history, "the history so far")
        // A late rank still sees the old weights, whatever the others do meanwhile.
        if communicator.rank == communicator.size - 1 { Thread.sleep(forTimeInterval: 0.1) }
        try expect(try model.weights != early, "the epoch that fails has moved the weights")
        try model.restoreLastGoodEpoch()
        try expect(try model.weights == early, "the weights of the last good epoch")
        try model.fit(x, y, epochs: 6, batchSize: 8, verbose: 0, initialEpoch: 3)
        try expect(
            try model.weights == undisturbed.weights, "with what the optimizer remembered and the order of the samples")
    },
    Check("an epoch that leaves weights that are not numbers is not good, even if its loss is") { communicator in
        let model = Sequential([Dense(3, inputDim: 6)], seed: 1, communicator: communicator)
        try model.compile(optimizer: SGD(learningRate: 0.01), loss: .mse)
        try expectThrow("notFinite", { if case TrainingError.notFinite(3, 0, _) = $0 { true } else { false } }) {
            try model.fit(x, y, epochs: 9, batchSize: 20, verbose: 0, callbacks: [Leaping(in: 2)], keepLastGood: true)
        }
        try expect(
            model.history?["loss"]?.count == 3 && model.history?["loss"]?.allSatisfy(\.isFinite) == true,
            "three finite losses")
        try expect(model.lastGoodEpoch == 1, "\(model.lastGoodEpoch ?? -1)")
        try model.restoreLastGoodEpoch()
        try expect(model.optimizer?.learningRate == 0.01, "the learning rate of that epoch")
        let expected = Sequential([Dense(3, inputDim: 6)], seed: 1, communicator: communicator)
        try expected.compile(optimizer: SGD(learningRate: 0.01), loss: .mse)
        try expected.fit(x, y, epochs: 2, batchSize: 20, verbose: 0)
        try expect(try model.weights == expected.weights, "the weights of that epoch")
    },
    Check("unless told to, fit keeps no good epoch") { communicator in
        let model = try classifier(communicator, features: 6, classes: 3)
        try model.fit(x, y, batchSize: 8, verbose: 0)
        try expect(model.lastGoodEpoch == nil && model.history?.epoch == [0], "no good epoch, but a history")
        try expectThrow("noGoodEpoch", { $0 as? TrainingError == .noGoodEpoch }) { try model.restoreLastGoodEpoch() }
    },
]

private let (x, y) = task(samples: 20)

/// Fails at the end of an epoch.
private final class Failing: Callback {
    private let epoch: Int
    init(in epoch: Int) { self.epoch = epoch }
    func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) throws {
        if epoch == self.epoch { throw CheckFailure(description: "an injected fault") }
    }
}

/// Sets a learning rate for an epoch that is beyond the range of floats.
private final class Leaping: Callback {
    private let epoch: Int
    init(in epoch: Int) { self.epoch = epoch }
    func onEpochBegin(_ epoch: Int, _ training: TrainingControl) {
        if epoch == self.epoch { training.learningRate = 1e300 }
    }
}
