import Foundation
import Lockstep
import TestSupport
import Testing

/// Every layer, over the rows of `Tests/Fixtures/layers.py`, goes through every form of file. Oracles: what Keras
/// predicts, and the bits before.
@Suite struct LayerFileTests {
    @Test("a layer goes through every form of file and back", arguments: LayerRow.all)
    func roundTrip(_ row: LayerRow) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("layers-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let model = try row.model()
        let known = try row.known()
        let outputs = try model.predict(known["x"]!)
        #expect(relativeError(outputs, known["inference"]!) < 1e-5)
        for form in ["keras", "h5"] {
            try model.save("\(folder)/it.\(form)")
            #expect(sameBits(try Model.load("\(folder)/it.\(form)").predict(known["x"]!), outputs), "\(form)")
        }
        try model.save("\(folder)/it.json")
        for form in ["weights.h5", "safetensors"] {
            try model.saveWeights("\(folder)/it.\(form)")
            let again = try Model.load("\(folder)/it.json")
            try again.loadWeights("\(folder)/it.\(form)")
            #expect(sameBits(try again.predict(known["x"]!), outputs), "\(form)")
        }
    }

    /// Oracle: the model whose weights are read.
    @Test(
        "a model with loraRank reads the weights of one without, and learns with the same kernels",
        arguments: ["keras", "weights.h5"])
    func adapted(_ form: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lora-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func model(rank: Int?, seed: UInt64) -> Sequential {
            Sequential(
                [
                    Embedding(9, 4, loraRank: rank, inputLength: 6), Conv1D(5, kernelSize: 3, loraRank: rank),
                    Flatten(),
                    Dense(2, loraRank: rank),
                ], seed: seed)
        }
        let file = "\(folder)/it.\(form)"
        let base = model(rank: nil, seed: 1)
        if form == "keras" { try base.save(file) } else { try base.saveWeights(file) }
        let adapted = model(rank: 2, seed: 2)
        try adapted.loadWeights(file)
        let x = try Tensor((0..<48).map { Float($0 % 9) }).reshaped([8, 6])
        let y = sample([8, 2], seed: 3)
        let before = try adapted.predict(x)
        #expect(relativeError(before, try base.predict(x)) < 1e-6)
        try adapted.compile(optimizer: SGD(learningRate: 0.1), loss: .mse)
        let dense = adapted.layers.compactMap { $0 as? Dense }[0]
        let kernel = dense.kernel.value.copy()
        let history = try adapted.fit(x, y, epochs: 5, verbose: 0)
        #expect(history["loss"]![4] < history["loss"]![0])
        #expect(sameBits(dense.kernel.value, kernel))
        #expect(relativeError(try adapted.predict(x), before) > 1e-3)
    }
}
