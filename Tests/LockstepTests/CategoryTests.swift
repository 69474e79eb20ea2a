import Foundation
import Lockstep
import TestSupport
import Testing

/// Layers on categories: `adapt` on all ranks, and what is wrong. Oracle: what Keras 3.15 finds in the same data.
@Suite struct CategoryTests {
    private static let numbers = Tensor((0..<40).map { Float(($0 * 37) % 101) / 10 })
    private static let tokens = try! Tensor(integers: [5, 3, 5, 7, 3, 5, 9, 7, 1, 9, 5, 2], shape: [4, 3])

    private static func output(_ layer: any Layer, _ x: Tensor, _ communicator: any Communicator) throws -> Tensor {
        let input = Input(PartialShape(x.shape.row), type: x.type)
        return try Model(inputs: input, outputs: layer(input), communicator: communicator).predict(x)
    }

    @Test("bins are found in data, from rank 0 or from all", arguments: [1, 2, 3], [false, true])
    func bins(ranks: Int, isEverywhere: Bool) throws {
        _ = try ThreadCluster.run(ranks) { communicator in
            let data = isEverywhere || communicator.rank == 0 ? Self.numbers : nil
            let layer = Discretization(numBins: 4)
            try layer.adapt(data, communicator: communicator)
            #expect(relativeError(layer.binBoundaries!, Known.bins4) < 1e-6)
            let y = try Self.output(layer, try Tensor([0, 3, 5.2, 9.9], shape: [4, 1]), communicator)
            #expect(y.elements == [0, 1, 2, 3])
            let coarse = Discretization(numBins: 3, epsilon: 0.2, outputMode: .oneHot)
            try coarse.adapt(data, communicator: communicator)
            #expect(relativeError(coarse.binBoundaries!, Known.bins3) < 1e-6)
        }
    }

    @Test("a vocabulary is found in data, from rank 0 or from all", arguments: [1, 2, 3], [false, true])
    func vocabularies(ranks: Int, isEverywhere: Bool) throws {
        _ = try ThreadCluster.run(ranks) { communicator in
            let data = isEverywhere || communicator.rank == 0 ? Self.tokens : nil
            let layer = IntegerLookup()
            try layer.adapt(data, communicator: communicator)
            #expect(layer.vocabulary == [5, 9, 7, 3, 2, 1])
            let x = try Tensor(integers: [5, 9, 4, 1], shape: [2, 2])
            #expect(try Self.output(layer, x, communicator).elements == [1, 2, 0, 6])
            // In the model, and in other data.
            try layer.adapt(try Tensor(integers: [4, 4, 1], shape: [3, 1]), communicator: communicator)
            #expect(try Self.output(layer, x, communicator).elements == [0, 0, 1, 2])
            let weighted = IntegerLookup(maxTokens: 4, outputMode: .tfIdf)
            try weighted.adapt(data, communicator: communicator)
            let y = try Self.output(weighted, Self.tokens, communicator)
            #expect(relativeError(y.elements.map(Double.init), Known.weighted) < 1e-6)
        }
    }

    /// Oracle: what Keras computed with the model that it saved.
    @Test("vocabularies that Keras found in data come with a model, and stay in its files")
    func files() throws {
        let known = try Npz.read(fixture("vocabularies.npz"))
        let model = try Model.load(fixture("vocabularies.keras"), communicator: SingleProcess())
        #expect(relativeError(try model.predict(known["x"]!), known["y"]!) < 1e-6)
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["copy.keras", "copy.h5"] {
            let file = "\(folder)/\(name)"
            try model.save(file)
            let copy = try Model.load(file, communicator: SingleProcess())
            #expect(sameBits(try copy.predict(known["x"]!), try model.predict(known["x"]!)))
        }
    }

    @Test("hashes are TensorFlow's for numbers of any length")
    func hashes() throws {
        let x = try Tensor(integers: Known.numbers, shape: [Known.numbers.count, 1])
        let communicator = SingleProcess()
        #expect(try Self.output(Hashing(1_000_000), x, communicator).elements == Known.fast)
        #expect(try Self.output(Hashing(1_000_000, salt: Salt(133, 137)), x, communicator).elements == Known.strong)
        #expect(try Self.output(Hashing(1_000_000, maskValue: 7), x, communicator).elements == Known.masked)
    }

    @Test("wrong data and arguments are errors that name the layer")
    func errors() throws {
        let communicator = SingleProcess()
        func message(_ layer: any Layer, _ x: Tensor = Tensor([1, 2]), adapt: (() throws -> Void)? = nil) -> String {
            do {
                try adapt?()
                _ = try Self.output(layer, x, communicator)
            } catch { return "\(error)" }
            return "no error"
        }
        let column = try Tensor([1, 2]).reshaped([2, 1])
        #expect(
            message(CategoryEncoding(0, name: "n"), column).contains("'n': numTokens must be positive, received: 0"))
        #expect(
            message(CategoryEncoding(2, outputMode: .int, name: "n"), column).contains(
                "'n': outputMode must be one of one_hot, multi_hot, count, received: int"))
        #expect(
            message(Discretization(numBins: 3, name: "n"), column).contains(
                "'n': binBoundaries must be given, or found by adapt before the model is built, received: none"))
        #expect(
            message(Discretization(binBoundaries: [1, 0], name: "n"), column).contains(
                "'n': binBoundaries must be finite and in ascending order"))
        #expect(message(IntegerLookup(name: "n"), column).contains("'n': vocabulary must be given"))
        #expect(
            message(IntegerLookup(vocabulary: [1, 1], name: "n"), column).contains(
                "'n': vocabulary must be numbers that differ, received: 1 twice"))
        #expect(
            message(IntegerLookup(numOovIndices: 0, vocabulary: [1], name: "n"), column).contains(
                "'n': the inputs must be whole numbers of the vocabulary, received: 2"))
        #expect(
            message(IntegerLookup(vocabulary: [1], salt: 3, name: "n"), column).contains(
                "'n': oovMethod must be farmhash for a salt"))
        #expect(
            message(IntegerLookup(vocabulary: [1], outputMode: .tfIdf, name: "n"), column).contains(
                "'n': idfWeights must be given for tf_idf"))
        #expect(message(Hashing(0, name: "n"), column).contains("'n': numBins must be positive, received: 0"))
        let bins = Discretization(binBoundaries: [1], name: "n")
        #expect(
            message(bins, column, adapt: { try bins.adapt(column, communicator: communicator) }).contains(
                "'n': numBins must be a positive number for adapt, received: none"))
        let lookup = IntegerLookup(name: "n")
        #expect(
            message(lookup, column, adapt: { try lookup.adapt(Tensor([1.5]), communicator: communicator) }).contains(
                "'n': the data of adapt must be whole numbers, received: 1.5"))
        #expect(
            message(lookup, column, adapt: { try lookup.adapt(nil, communicator: communicator) }).contains(
                "adapt needs data on rank 0"))
    }
}

/// What Keras 3.15.1 with TensorFlow 2.21 finds.
private enum Known {
    static let bins4 = [2.299999952316284, 4.699999809265137, 7.400000095367432]
    static let bins3 = [3.0999999046325684, 6.466666221618652]
    static let weighted = [
        0.795914351940155, 1.3862943649291992, 0, 0, 0.795914351940155, 0.6931471824645996, 0, 0.8472978472709656,
        0.795914351940155, 0, 0.8472978472709656, 0.8472978472709656, 0.795914351940155, 0.6931471824645996,
        0.8472978472709656, 0,
    ]
    static let numbers: [Int32] = [
        0, 7, 42, 123, 4567, -9, -123, 98765, 1_234_567, 12_345_678, -1_234_567, 123_456_789, -2_147_483_648,
        2_147_483_647, -1_000_000_000,
    ]
    static let fast: [Float] = [
        572735, 856088, 905736, 641931, 16930, 806720, 774175, 103884, 208423, 384362, 586265, 267306, 340469, 760757,
        766041,
    ]
    static let strong: [Float] = [
        297369, 224382, 589406, 936340, 495173, 424105, 241602, 923489, 848718, 178492, 690723, 817928, 844731, 808326,
        822025,
    ]
    static let masked: [Float] = [
        46973, 0, 16933, 918494, 604953, 158366, 274183, 282979, 550373, 742360, 207545, 790899, 753755, 336888, 561470,
    ]
}
