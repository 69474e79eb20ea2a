import Foundation
import Lockstep
import LockstepFormats
import TestSupport
import Testing

/// Oracle: real Keras 3 and 2, which wrote the files, and noted what the models predict, what their weights are, and
/// what more training gives.
@Suite struct ModelFileTests {
    static let files =
        ["dense", "images", "words", "branches", "plain", "accumulated"].flatMap { ["\($0).keras", "\($0).h5"] } + [
            "keras2_images.keras", "keras2_images.h5", "keras2_words.h5", "keras2_branches.keras", "keras2_branches.h5",
            "keras2_legacy.h5", "keras2_hard.h5", "keras2_hard.keras", "keras2_slashes.h5", "keras2_slashes.keras",
        ]

    /// What Keras noted of a file's model.
    static func known(_ file: String) throws -> [String: Tensor] {
        let name = file.prefix { $0 != "." }
        let all = try Npz.read(fixture("models/" + (file.hasPrefix("keras2") ? "known-keras2.npz" : "known.npz")))
        return Dictionary(
            uniqueKeysWithValues: all.compactMap { key, value in
                key.hasPrefix(name + "/") ? (String(key.dropFirst(name.count + 1)), value) : nil
            })
    }

    static func arrays(_ prefix: String, of known: [String: Tensor]) -> [Tensor] {
        var arrays: [Tensor] = []
        while let next = known["\(prefix)\(arrays.count)"] { arrays.append(next) }
        return arrays
    }

    @Test("a model that Keras trained predicts, and goes on training, as in Keras", arguments: files, [1, 3])
    func goesOn(_ file: String, ranks: Int) throws {
        let known = try Self.known(file)
        let (x, y) = (known["x"]!, known["y"]!)
        _ = try ThreadCluster.run(ranks) { communicator in
            let model = try Model.load(fixture("models/" + file), communicator: communicator)
            #expect(
                model.name == file.prefix { $0 != "." }
                    && model is Sequential == !["branches", "slashes"].contains(where: file.contains))
            let weights = try model.weights
            #expect(weights.count == Self.arrays("weights", of: known).count)
            for (index, value) in weights.enumerated() {
                #expect(sameBits(value, known["weights\(index)"]!), "weights \(index)")
            }
            #expect(relativeError(try model.predict(x), known["predictions"]!) < 2e-5)

            let history = try model.fit(x, y, epochs: 3, batchSize: 8, verbose: 0, shuffle: false)
            #expect(
                Set(history.names)
                    == Set(known.keys.filter { $0.hasPrefix("history/") }.map { $0.dropFirst(8) }.map(String.init)))
            for name in history.names {
                let error = relativeError(history[name]!, known["history/\(name)"]!.elements.map(Double.init))
                #expect(error < 1e-4, "\(name): \(history[name]!), Keras \(known["history/\(name)"]!)")
            }
            for (index, value) in try model.weights.enumerated() {
                // Keras 2 on TensorFlow moves the variance of 288 values by their sum over 287.
                let isUnbiased = file.hasPrefix("keras2_images") && index == 5
                #expect(relativeError(value, known["end\(index)"]!) < (isUnbiased ? 4e-3 : 1e-3), "weights \(index)")
            }
        }
    }

    /// Oracle: the variables of Keras's optimizer, in its order.
    @Test("what the optimizer remembers is kept to the bit, and written as Keras orders it", arguments: files)
    func memory(_ file: String) throws {
        let known = try Self.known(file)
        let model = try Model.load(fixture("models/" + file), communicator: SingleProcess())
        try withFolder { folder in
            try model.save(folder + "/m.h5")
            let tree = try #require(try HDF5.read(folder + "/m.h5").group(at: "optimizer_weights"))
            let written = try #require(tree.strings("weight_names")).compactMap { try tree.dataset(at: $0)?.tensor }
            for (index, value) in Self.arrays("optimizer", of: known).enumerated() {
                #expect(sameBits(written[index], value), "optimizer \(index)")
            }
        }
    }

    /// Oracle: the model that was written.
    @Test("from one form to another and back everything stays to the bit", arguments: files, ["keras", "h5"])
    func roundTrip(_ file: String, ending: String) throws {
        let first = try Model.load(fixture("models/" + file), communicator: SingleProcess())
        try withFolder { folder in
            try first.save("\(folder)/b.\(ending)")
            let second = try Model.load("\(folder)/b.\(ending)", communicator: SingleProcess())
            #expect(try second.toJSON() == first.toJSON() && second.name == first.name)
            #expect(second.optimizer?.learningRate == first.optimizer?.learningRate)
            for (a, b) in zip(try first.weights, try second.weights) { #expect(sameBits(a, b)) }
            // The same contents are the same bytes.
            try second.save("\(folder)/c.\(ending)")
            #expect(
                try Data(contentsOf: URL(filePath: "\(folder)/b.\(ending)"))
                    == Data(contentsOf: URL(filePath: "\(folder)/c.\(ending)")))
        }
    }

    /// Oracle: the file without what was added.
    @Test("what tools add to a file is passed over", arguments: ["extended.h5", "extended.keras"])
    func extended(_ file: String) throws {
        let plain = try Model.load(fixture("models/dense" + file.dropFirst(8)), communicator: SingleProcess())
        let extended = try Model.load(fixture("foreign/" + file), communicator: SingleProcess())
        try withFolder { folder in
            try plain.save(folder + "/a.h5")
            try extended.save(folder + "/b.h5")
            let files = try ["a", "b"].map { try Data(contentsOf: URL(filePath: "\(folder)/\($0).h5")) }
            #expect(files[0] == files[1])
        }
    }

    /// Oracle: the file without what was added.
    @Test(
        "what tools add to a file of weights is passed over",
        arguments: [
            ("words", "words.weights.h5", "extended.weights.h5"),
            ("keras2_branches", "keras2_branches_weights.h5", "extended-keras2.h5"),
        ])
    func extendedWeights(_ model: String, plain: String, extended: String) throws {
        let text = try Model.load(fixture("models/\(model).h5"), compile: false).toJSON()
        let weights = try [fixture("models/" + plain), fixture("foreign/" + extended)].map { file in
            let model = try Model.fromJSON(text, communicator: SingleProcess())
            #expect(try model.loadWeights(file) == [])
            return try model.weights
        }
        for (a, b) in zip(weights[0], weights[1]) { #expect(sameBits(a, b)) }
    }

    /// Oracle: the model as it was read, whose names Keras 3 refuses.
    @Test("names with slashes are saved under names that differ from all others", arguments: ["keras", "h5", "json"])
    func slashes(_ ending: String) throws {
        let model = try Model.load(fixture("models/keras2_slashes.h5"), communicator: SingleProcess())
        let names = ["features", "block/a", "block_a", "block/sum", "out/put"]
        #expect(model.layers.map(\.name) == names)
        try withFolder { folder in
            try model.save("\(folder)/m.\(ending)")
            let again = try Model.load("\(folder)/m.\(ending)", communicator: SingleProcess())
            #expect(again.layers.map(\.name) == ["features", "block_a_1", "block_a", "block_sum", "out_put"])
            #expect(model.layers.map(\.name) == names, "the model keeps its names")
            try again.setWeights(model.weights)
            let x = try Self.known("keras2_slashes.h5")["x"]!
            #expect(try sameBits(again.predict(x), model.predict(x)))
            // A form whose names are paths.
            try model.saveWeights(folder + "/w.safetensors")
            #expect(try Safetensors.read(folder + "/w.safetensors")["block/a/kernel"] != nil)
        }
    }

    @Test(
        "a name with slashes becomes one that is free",
        arguments: [
            (["a/b"], ["a_b"]), (["a/b", "a_b", "a_b_1"], ["a_b_2", "a_b", "a_b_1"]),
            (["a/b/", "/", "//"], ["a_b_", "_", "__"]),
            (["a/b", "a_b", "a/b_1"], ["a_b_1", "a_b", "a_b_1_1"]), ([".", ".."], ["layer_", "layer__"]),
            (["a", "b.c"], ["a", "b.c"]),
        ])
    func freeNames(_ names: [String], expected: [String]) throws {
        let layers = names.map { Dropout(0, name: $0) }
        let fileNames = FileNames(model: "a/b", layers: names)
        #expect(layers.map { fileNames[$0] } == expected && fileNames.model == "a_b")
        #expect(fileNames.changes.count == zip(names, expected).count { $0 != $1 } + 1)
    }

    @Test(
        "weights alone, as Keras writes them and in the forms written here",
        arguments: ["words", "branches", "keras2_branches"])
    func weights(_ name: String) throws {
        let known = try Self.known(name + ".h5")
        let file = fixture("models/\(name)" + (name.hasPrefix("keras2") ? "_weights.h5" : ".weights.h5"))
        let whole = fixture("models/\(name).h5")
        let text = try Model.load(whole, compile: false).toJSON()
        try withFolder { folder in
            let model = try Model.fromJSON(text, communicator: SingleProcess())
            #expect(try model.loadWeights(file) == [])
            for (index, value) in try model.weights.enumerated() {
                #expect(sameBits(value, known["weights\(index)"]!), "weights \(index)")
            }
            for ending in ["weights.h5", "safetensors"] {
                try model.saveWeights("\(folder)/w.\(ending)")
                let again = try Model.fromJSON(text, communicator: SingleProcess())
                try again.loadWeights("\(folder)/w.\(ending)")
                for (a, b) in zip(try model.weights, try again.weights) { #expect(sameBits(a, b)) }
            }
        }
    }
}

/// Runs a body with an empty folder, which goes afterwards.
func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}
