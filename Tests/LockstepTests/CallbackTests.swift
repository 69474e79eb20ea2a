import Foundation
import Lockstep
import TestSupport
import Testing

@Suite("Callbacks")
struct CallbackTests {
    /// A case of `early-stopping.json`.
    struct Case: Decodable, Sendable, CustomStringConvertible {
        let minDelta: Double
        let patience: Int
        let mode: String
        let baseline: Double?
        let restoreBestWeights: Bool
        let startFromEpoch: Int
        let values: [Double]
        let epochs, weightsOf: Int

        var description: String { "patience \(patience), \(mode), \(values)" }

        static let all: [Case] = {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let data = FileManager.default.contents(atPath: fixture("early-stopping.json")) ?? Data()
            return (try? decoder.decode([Case].self, from: data)) ?? []
        }()
    }

    /// Gives another callback values from a list in place of those of the training, and notes the weights of every
    /// epoch.
    final class Replay: Callback {
        private let inner: any Callback
        private let values: [Double]
        private(set) var weights: [[Tensor]] = []

        init(_ inner: any Callback, _ values: [Double]) { (self.inner, self.values) = (inner, values) }

        func onTrainBegin(_ training: TrainingControl) throws { try inner.onTrainBegin(training) }
        func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) throws {
            weights.append(training.weights)
            try inner.onEpochEnd(
                epoch, logs: Scores(names: ["loss", "val_loss"], values: [0, values[epoch]]), training)
        }
        func onTrainEnd(_ training: TrainingControl) throws { try inner.onTrainEnd(training) }
    }

    private func model() throws -> Sequential {
        let model = Sequential([Dense(3, inputDim: 6)], seed: 1, communicator: SingleProcess())
        try model.compile(optimizer: .sgd, loss: .mse)
        return model
    }

    /// Oracle: Keras's EarlyStopping on the same sequences.
    @Test("a training stops early, and ends with the weights, where Keras's does", arguments: Case.all)
    func stopsAsKeras(example: Case) throws {
        let stopping = try EarlyStopping(
            minDelta: example.minDelta, patience: example.patience, mode: MonitorMode(rawValue: example.mode)!,
            baseline: example.baseline, restoreBestWeights: example.restoreBestWeights,
            startFromEpoch: example.startFromEpoch)
        let replay = Replay(stopping, example.values)
        let (model, (x, y)) = (try model(), task(samples: 9))
        let history = try model.fit(
            x, y, epochs: example.values.count, verbose: 0, validationSplit: 0.3, callbacks: [replay])
        #expect(history.epoch.count == example.epochs)
        #expect(try model.weights == replay.weights[example.weightsOf])
    }

    @Test("there are cases from Keras")
    func hasCases() { #expect(Case.all.count == 24) }

    /// Oracle: the history, and the names that Python's `str.format` gives.
    @Test("the best model so far is saved, under the names of epochs and metrics")
    func savesBest() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lockstep-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let values = [3, 2.504, 2.6, 1.25, 9]
        let saving = try ModelCheckpoint(folder + "/{epoch:02d}-{val_loss:.2f}-{epoch}.keras", saveBestOnly: true)
        let replay = Replay(saving, values)
        let (x, y) = task(samples: 9)
        try model().fit(x, y, epochs: 5, verbose: 0, validationSplit: 0.3, callbacks: [replay])
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(files == ["01-3.00-1.keras", "02-2.50-2.keras", "04-1.25-4.keras"])
        #expect(try Model.load(folder + "/04-1.25-4.keras", communicator: SingleProcess()).weights == replay.weights[3])
    }

    @Test("models are saved every so many batches, over the ends of epochs")
    func savesBatches() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lockstep-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let saving = try ModelCheckpoint(
            folder + "/{epoch}-{batch:3d}.weights.h5", saveWeightsOnly: true, saveFrequency: .batches(3))
        let (x, y) = task(samples: 10)
        // 5 batches an epoch: the 3rd, 6th, 9th, 12th, 15th of all.
        try model().fit(x, y, epochs: 3, batchSize: 2, verbose: 0, callbacks: [saving])
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(
            files == [
                "1-  3.weights.h5", "2-  1.weights.h5", "2-  4.weights.h5", "3-  2.weights.h5", "3-  5.weights.h5",
            ])
    }

    @Test("a callback sets the learning rate, and its error ends the training")
    func controls() throws {
        final class Doubling: Callback {
            var rates: [Double] = []
            func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) throws {
                rates.append(training.learningRate)
                training.learningRate *= 2
                if epoch == 2 { throw CheckFailure(description: "enough") }
            }
        }
        let (doubling, model, (x, y)) = (Doubling(), try model(), task(samples: 9))
        #expect(throws: CheckFailure.self) { try model.fit(x, y, epochs: 5, verbose: 0, callbacks: [doubling]) }
        #expect(doubling.rates == [0.01, 0.02, 0.04])
        #expect(model.optimizer?.learningRate == 0.04)
    }

    /// What a model puts out; it grows in the training below.
    struct Level: MeanMetric {
        let isBetterIfLarger: Bool
        func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor { outputs }
    }

    @Test("a metric says whether more of it is better", arguments: [true, false])
    func direction(isBetterIfLarger: Bool) throws {
        let model = Sequential([Dense(1, useBias: false, inputDim: 1)], communicator: SingleProcess())
        try model.setWeights([Tensor.zeros([1, 1])])
        try model.compile(
            optimizer: SGD(learningRate: 0.01), loss: .mse,
            metrics: [Metric(Level(isBetterIfLarger: isBetterIfLarger), name: "level")])
        let history = try model.fit(
            Tensor.ones([8, 1]), Tensor.ones([8, 1]), epochs: 5, verbose: 0,
            callbacks: [EarlyStopping(monitor: "level")])
        #expect(history["level"]?.count == (isBetterIfLarger ? 5 : 2))
    }

    @Test("what a callback is asked wrongly is told before training")
    func refuses() throws {
        let (x, y) = task(samples: 9)
        func message(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return ""
        }
        #expect(
            message { try model().fit(x, y, verbose: 0, callbacks: [EarlyStopping()]) }
                == "monitor must be one of 'loss', received: 'val_loss'")
        #expect(
            message { try model().fit(x, y, verbose: 0, callbacks: [ModelCheckpoint("{val_acc:.2f}.keras")]) }
                == "filePath must be a name with some of epoch, loss, received: {val_acc:.2f}.keras")
        #expect(message { _ = try EarlyStopping(patience: -1) } == "patience must be 0 or more, received: -1")
        #expect(message { _ = try ModelCheckpoint("model.txt") }.contains("model.txt"))
        for wrong in ["{epoch", "{}.keras", "{epoch:x}.keras", "{loss:.f}.keras", "{loss:.99f}.keras"] {
            #expect(
                message { _ = try ModelCheckpoint(wrong) }.hasPrefix("filePath must be a name with {epoch}"), "\(wrong)"
            )
        }
    }
}
