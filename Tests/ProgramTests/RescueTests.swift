import Foundation
import Lockstep
import TestSupport
import Testing

/// A training that fails in a later epoch leaves its history and the model as it was after the last good one. Oracle:
/// the same training in one process, told to end there.
@Suite(.serialized) struct RescueTests {
    private let x = Tensor.uniform([24, 6], low: -1, high: 1, seed: 1)
    private let y = Tensor.uniform([24, 3], low: -1, high: 1, seed: 2)

    /// A model whose error grows tenfold or so in each step.
    private func model(learningRate: Double = 20) throws -> Sequential {
        let model = Sequential([Dense(3, inputDim: 6)], seed: 1, communicator: SingleProcess())
        try model.compile(
            optimizer: SGD(learningRate: learningRate, momentum: 0.5), loss: .mse, metrics: [.meanAbsoluteError])
        return model
    }

    private func fit(_ model: Model, epochs: Int) throws -> History {
        try model.fit(x, y, epochs: epochs, batchSize: 8, verbose: 0, shuffle: false)
    }

    /// The training up to its last good epoch.
    private func lastGood() throws -> (model: Sequential, history: History) {
        var best = (try model(), History?.none)
        for epochs in 1...60 {
            let next = try model()
            guard let history = try? fit(next, epochs: epochs) else { break }
            guard try next.weights.allSatisfy({ $0.elements.allSatisfy(\.isFinite) }) else { continue }
            best = (next, history)
        }
        return (best.0, try #require(best.1))
    }

    /// A folder with the model and its data, and the command that trains it.
    private func prepare(_ model: Model) throws -> (folder: String, train: [String]) {
        let folder = try Programs.temporaryFolder()
        try model.save(folder + "/model.keras")
        try Npy.write(x, to: folder + "/x.npy")
        try Npy.write(y, to: folder + "/y.npy")
        let data = [
            "--x", folder + "/x.npy", "--y", folder + "/y.npy", "--batch-size", "8", "--no-shuffle", "--verbose", "0",
        ]
        return (folder, ["train", folder + "/model.keras", "--epochs", "60"] + data)
    }

    @Test("the history and the last good model are written, and named", arguments: [nil, 1, 2, 3])
    func later(ranks: Int?) throws {
        let (expected, history) = try lastGood()
        let epochs = history.epoch.count
        #expect(epochs > 2, "the test is of a later epoch")
        let (folder, train) = try prepare(try model())
        let files = [
            "--history", folder + "/h.json", "--plot", folder + "/h.png", "--checkpoint", folder + "/checkpoints",
        ]
        let outcome = try Programs.run(
            "lockstep", train + files + ["--output", folder + "/trained.keras"], ranks: ranks)
        let message = "the model as it was after epoch \(epochs) is in \(folder)/trained.last-good.keras"
        #expect(outcome.status == 1 && outcome.errors.components(separatedBy: message).count == 2, "\(outcome)")
        let parts = [
            "the loss became ", "; the history so far is in \(folder)/h.json", "; its picture is in \(folder)/h.png",
            "; checkpoints are in \(folder)/checkpoints",
        ]
        for part in parts {
            #expect(outcome.errors.components(separatedBy: part).count == 2, "\(part): \(outcome.errors)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(left == ["checkpoints", "h.json", "h.png", "model.keras", "trained.last-good.keras", "x.npy", "y.npy"])

        let found = try Model.load(folder + "/trained.last-good.keras", communicator: SingleProcess())
        for (actual, weights) in zip(try found.weights, try expected.weights) {
            #expect(relativeError(actual, weights) < 1e-3)
        }
        let (memory, other) = (try #require(try found.trainingMemory()), try #require(try expected.trainingMemory()))
        #expect(memory.iterations == other.iterations && memory.slots.count == 1)
        #expect(relativeError(memory.slots[0], other.slots[0]) < 1e-3)
        let written = try History(file: folder + "/h.json")
        // An epoch may end with a finite loss and weights that are not.
        #expect(written.epoch.count >= epochs && written.names == history.names)
        for name in history.names {
            #expect(relativeError(Array(written[name]!.prefix(epochs)), history[name]!) < 1e-3, "\(name)")
        }
    }

    @Test("weights alone get a name of their form", arguments: ["w.weights.h5", "w.safetensors", "w.h5", "W.KERAS"])
    func names(file: String) throws {
        let (folder, train) = try prepare(try model())
        let outcome = try Programs.run("lockstep", train + ["--output", folder + "/" + file])
        let dot = file.firstIndex(of: ".")!
        let name = "\(folder)/\(file[..<dot]).last-good\(file[dot...])"
        #expect(outcome.status == 1 && outcome.errors.contains("is in \(name)\n"), "\(outcome)")
        let found = try model()
        try found.loadWeights(name)
        for (actual, weights) in zip(try found.weights, try lastGood().model.weights) {
            #expect(sameBits(actual, weights))
        }
    }

    @Test("in the first epoch there is nothing to keep, and nothing is written", arguments: [nil, 2])
    func first(ranks: Int?) throws {
        let (folder, train) = try prepare(try model(learningRate: 1e30))
        let outcome = try Programs.run(
            "lockstep", train + ["--output", folder + "/t.keras", "--history", folder + "/h.csv"], ranks: ranks)
        #expect(
            outcome.status == 1 && outcome.errors.contains("; no epoch ended well, so no model is written\n"),
            "\(outcome)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["model.keras", "x.npy", "y.npy"])
    }

    @Test("a file that cannot be written then is told beside the error")
    func unwritable() throws {
        let (folder, train) = try prepare(try model())
        try FileManager.default.createDirectory(
            atPath: folder + "/t.last-good.keras", withIntermediateDirectories: false)
        let outcome = try Programs.run(
            "lockstep", train + ["--output", folder + "/t.keras", "--history", folder + "/h.csv"])
        let parts = [
            "the loss became ", "/t.last-good.keras: cannot be written", "; the history so far is in \(folder)/h.csv",
        ]
        #expect(outcome.status == 1 && parts.allSatisfy { outcome.errors.contains($0) }, "\(outcome)")
    }
}
