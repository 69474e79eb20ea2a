import Foundation
import Lockstep
import TestSupport
import Testing

/// Models that take int32.
@Suite struct IntegerInputTests {
    private static let first = 1 << 24 - 5
    private static let count = 12

    private static func losses(of model: Model, _ x: Tensor?, _ y: Tensor?) throws -> [Double] {
        try model.compile(optimizer: SGD(learningRate: 0.3, momentum: 0.5), loss: .mse)
        return try model.fit(x, y, epochs: 2, batchSize: 5, verbose: 0, shuffle: false)["loss"]!
    }

    @Test("whole numbers become floats, where a layer changes them in training alone too")
    func changedInTraining() throws {
        let layers: [any Layer] = [
            RandomTranslation(0.2, 0), Dropout(0.5), GaussianNoise(1), GaussianDropout(0.3), AlphaDropout(0.3),
        ]
        for layer in layers {
            let input = Input([2, 3, 1], type: .int32)
            let model = try Model(inputs: input, outputs: layer(input), communicator: SingleProcess())
            let x = try Tensor(integers: (0..<12).map { Int32($0 * 20) }, shape: [2, 2, 3, 1])
            #expect(try model.predict(x).elements == (0..<12).map { Float($0 * 20) }, "\(layer)")
        }
    }

    /// Oracle: the same training with the last rows of the table alone, whose numbers floats hold.
    @Test("a table of more rows than floats count trains as its last rows do", arguments: [1, 3])
    func largeTable(ranks: Int) throws {
        let ids = (0..<26).map { Int32($0 * 7 % Self.count) }
        let y = Tensor.normal([13, 1], seed: 4)
        let start = Tensor.normal([Self.count, 1], seed: 5)
        let expected = try ThreadCluster.run(1) { communicator in
            let input = Input([2], name: "ids")
            let model = try Model(
                inputs: input, outputs: Dense(1)(Flatten()(Embedding(Self.count, 1)(input))), seed: 2,
                communicator: communicator)
            let dense = try model.weights
            try model.setWeights([start, dense[1], dense[2]])
            let x = try Tensor(ids.map(Float.init), shape: [13, 2])
            return (try Self.losses(of: model, x, y), try model.weights.map { $0.copy() }, dense)
        }[0]
        _ = try ThreadCluster.run(ranks) { communicator in
            let input = Input([2], type: .int32, name: "ids")
            let rows = Self.first + Self.count
            let model = try Model(
                inputs: input,
                outputs: Dense(1)(Flatten()(Embedding(rows, 1, embeddingsInitializer: .zeros)(input))), seed: 2,
                communicator: communicator)
            #expect(try model.inputTypes == [.int32])
            let table = try model.weights[0].copy()
            table.rows(Self.first..<rows).assign(start)
            try model.setWeights([table, expected.2[1], expected.2[2]])
            // Rank 0 alone has the data, so that it travels too.
            let isRoot = communicator.rank == 0
            let x = try Tensor(integers: ids.map { $0 + Int32(Self.first) }, shape: [13, 2])
            let losses = try Self.losses(of: model, isRoot ? x : nil, isRoot ? y : nil)
            #expect(relativeError(losses, expected.0) < 1e-6, "\(losses)")
            let weights = try model.weights
            #expect(relativeError(weights[0].rows(Self.first..<rows), expected.1[0]) < 1e-5)
            #expect(weights[0].rows(0..<Self.first).elements.allSatisfy { $0 == 0 })
            #expect(relativeError(weights[1], expected.1[1]) < 1e-5)
            guard ranks == 1 else { return }
            let wrong = try Tensor(integers: [Int32](repeating: Int32(rows), count: 2), shape: [1, 2])
            #expect(
                throws: LayerError.values(
                    layer: "embedding", requirement: "whole numbers from 0 to \(rows - 1)", received: Double(rows))
            ) { try model.predict(wrong) }
        }
    }

    @Test("types that differ from the input's convert, or are one error")
    func conversions() throws {
        let (ids, floats) = (Input([2], type: .int32), Input([2]))
        let table = try Model(inputs: ids, outputs: Flatten()(Embedding(4, 1)(ids)), seed: 1)
        let dense = try Model(inputs: floats, outputs: Dense(1)(floats), seed: 1)
        let whole = Tensor.arange(4)
        let (x, integers) = (try whole.reshaped([2, 2]), try whole.converted(to: .int32).reshaped([2, 2]))
        for model in [table, dense] { #expect(try model.predict(x) == model.predict(integers)) }
        #expect(
            throws: TrainingError.elements(argument: "x", .notOfType(.int32, place: "row 0, column 1", received: 0.5))
        ) { try table.predict(Tensor(rows: [[1, 0.5]])) }
        #expect(
            throws: TrainingError.elements(
                argument: "x", .notOfType(.float32, place: "row 0, column 0", received: 16_777_217))
        ) { try dense.predict(Tensor(integers: [16_777_217, 0], shape: [1, 2])) }
        try dense.compile(optimizer: .sgd, loss: .mse)
        #expect(
            throws: TrainingError.elements(
                argument: "y", .notOfType(.float32, place: "row 0", received: -20_000_001))
        ) { try dense.evaluate(x.rows(0..<1), Tensor(integers: [-20_000_001], shape: [1]), verbose: 0) }
    }

    /// Oracle: the numbers themselves.
    @Test("outputs can be int32 without a loss", arguments: [1, 3])
    func outputs(ranks: Int) throws {
        let numbers = (0..<10).map { Int32($0) * 3 + 1 << 24 }
        let x = try Tensor(integers: numbers, shape: [5, 2])
        _ = try ThreadCluster.run(ranks) { communicator in
            let ids = Input([2], type: .int32)
            let model = try Model(inputs: ids, outputs: Reshape(2, 1, name: "same")(ids), communicator: communicator)
            #expect(try model.outputTypes == [.int32])
            let predicted = try model.predict(x, batchSize: 3)
            #expect(predicted.integers == numbers && predicted.shape == [5, 2, 1])
            try model.compile(optimizer: .sgd, loss: .mse)
            #expect(throws: LayerError.lossOfIntegers(layer: "same")) {
                try model.evaluate(x, Tensor.zeros([5, 2, 1]), verbose: 0)
            }
        }
    }

    /// Oracle: the numbers in the files.
    @Test("a model's type is that of its file, both ways")
    func files() throws {
        let ids = Input([2], type: .int32, name: "ids")
        let model = try Model(inputs: ids, outputs: Flatten()(Embedding(4, 1)(ids)), seed: 1)
        for form in ["keras", "h5"] {
            let path = try temporaryFolder() + "/model.\(form)"
            try model.save(path)
            #expect(try Model.load(path).inputTypes == [.int32])
        }
        let folder = try temporaryFolder()
        let numbers: [Int32] = [16_777_217, -5, .max, .min]
        let x = try Tensor(integers: numbers, shape: [2, 2])
        try Npy.write(x, to: "\(folder)/x.npy")
        try Npz.write(["x": x], to: "\(folder)/x.npz")
        try "a,b\n16777217,-5\n2147483647,\"-2147483648\"\n".write(
            toFile: "\(folder)/x.csv", atomically: true, encoding: .utf8)
        for name in ["x.npy", "x.npz", "x.npz:x", "x.csv", "x.csv:a,b"] {
            #expect(try DataFile.read("\(folder)/\(name)", as: .int32) == x, "\(name)")
        }
        #expect(try DataFile.read("\(folder)/x.csv:b,a", as: .int32).integers == [-5, 16_777_217, .min, .max])
        try "1.0\n2.5\n".write(toFile: "\(folder)/y.csv", atomically: true, encoding: .utf8)
        #expect(
            throws: FormatError.field(
                file: "\(folder)/y.csv", line: 2, column: 1, name: nil,
                requirement: "a whole number from −2³¹ to 2³¹ − 1", received: "2.5", advice: nil)
        ) { try Csv.read("\(folder)/y.csv", as: .int32) }
        try Npy.write(Tensor([1, 0.5]), to: "\(folder)/y.npy")
        #expect(throws: FormatError.integer(file: "\(folder)/y.npy", place: "row 1", received: "0.5")) {
            try Npy.read("\(folder)/y.npy", as: .int32)
        }
    }
}
