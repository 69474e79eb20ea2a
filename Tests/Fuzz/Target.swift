import Foundation
import Lockstep
import LockstepFormats

/// A reader under fire: what it reads, from which sound files inputs are made, and how.
struct Target: Sendable {
    let name: String
    /// The ends of the names of the fixtures to begin with, and what is known of their format. The first ends the
    /// inputs' names too.
    let seeds: [(suffix: String, format: Format)]
    /// How many times the input's size reading may take in memory, beside a fixed amount.
    let expansion: Int
    let read: @Sendable (String) throws -> Void

    private static let archive: Format = .zip([(".npy", .npy), (".json", .json), (".h5", .hdf5)])
    /// Texts and numbers as they are; what can be deflated may be a thousand times larger.
    private static let plain = 64, deflated = 6000

    static let all: [Target] = [
        Target(name: "npy", seeds: [(".npy", .npy)], expansion: plain) { path in
            let read = Result { try Npy.read(path) }
            let mapped = Result { try Npy.map(path) }
            // Not more than once through a mapped array: its elements are those of the file.
            if let a = try? read.get(), let b = try? mapped.get(), a.shape != b.shape { throw Mismatch() }
            _ = try read.get().elements
            _ = try mapped.get().elements
        },
        Target(name: "npz", seeds: [(".npz", archive)], expansion: deflated) {
            for array in try Npz.read($0).values { _ = array.elements }
        },
        Target(name: "csv", seeds: [(".csv", .unknown)], expansion: plain) { try tables($0) },
        Target(name: "csv-gz", seeds: [(".csv.gz", .gzip(.unknown))], expansion: deflated) { try tables($0) },
        Target(name: "idx", seeds: [("-idx", .unknown)], expansion: deflated) { _ = try Idx.read($0) },
        Target(name: "idx-gz", seeds: [("ubyte.gz", .gzip(.unknown))], expansion: deflated) { _ = try Idx.read($0) },
        Target(name: "json", seeds: [(".json", .json)], expansion: 1000) {
            try use(Model.load($0, communicator: SingleProcess()))
        },
        Target(name: "safetensors", seeds: [(".safetensors", .safetensors)], expansion: plain) {
            _ = try Safetensors.read($0)
        },
        Target(name: "hdf5", seeds: [(".h5", .hdf5)], expansion: deflated) { _ = try HDF5.read($0) },
        Target(name: "keras", seeds: [(".keras", archive)], expansion: deflated) {
            try use(Model.load($0, communicator: SingleProcess()))
        },
        Target(name: "h5", seeds: [(".h5", .hdf5)], expansion: deflated) {
            try use(Model.load($0, communicator: SingleProcess()))
        },
        Target(name: "weights", seeds: [(".weights.h5", .hdf5), (".safetensors", .safetensors)], expansion: deflated) {
            path in
            // That of the fixture words.weights.h5.
            let layers: [any Layer] = [
                InputLayer([5]), Embedding(9, 4), LSTM(5, returnSequences: true), LSTM(3), Dense(1),
            ]
            let model = Sequential(layers, communicator: SingleProcess())
            try model.loadWeights(path)
            try model.loadWeights(path, skipMismatch: true)
        },
    ]

    struct Mismatch: Error {}

    /// All columns, and some by name, from the end or as names of classes, of which there may be none.
    private static func tables(_ path: String) throws {
        let whole = Result { try Csv.read(path) }
        for columns in ["a,b", "-1", "0--2"] { _ = try? Csv.table(path, columns: columns, classes: .sorted) }
        _ = try whole.get()
    }

    /// A model that was read computes, where it is small, and can be written.
    private static func use(_ model: Model) throws {
        model.givenThreads = 1
        _ = try model.toJSON()
        let (shape, output) = (try model.inputShape.filled(with: 8), try model.outputShape.filled(with: 8))
        guard shape.count < 1000, output.count < 1000, try model.countParameters() < 100_000 else {
            return
        }
        _ = try model.predict(Tensor.zeros(shape.rows(1)))
    }

    /// The seeds in a folder of fixtures, with the format of each.
    func inputs(in folder: String) throws -> [(bytes: [UInt8], format: Format)] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
        var inputs: [(bytes: [UInt8], format: Format)] = []
        for name in names {
            guard
                let format = seeds.first(where: {
                    name.hasSuffix($0.suffix) || ($0.suffix == "-idx" && name.contains("-idx"))
                })?.format
            else { continue }
            let bytes = try FileBytes.read("\(folder)/\(name)")
            // Large ones take long and hold little more.
            if bytes.count < 100_000 { inputs.append((bytes, format)) }
        }
        return inputs
    }

    /// An input, the same for the same seed and index.
    func input(_ index: Int, seed: UInt64, of inputs: [(bytes: [UInt8], format: Format)]) -> [UInt8] {
        var random = Random(seed: seed, target: name, index: index)
        let (bytes, format) = inputs[random.below(inputs.count)]
        return format.mutated(bytes, others: [bytes, inputs[random.below(inputs.count)].bytes], &random)
    }
}
