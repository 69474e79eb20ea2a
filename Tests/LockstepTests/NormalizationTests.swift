import Foundation
import Lockstep
import TestSupport
import Testing

/// `Normalization.adapt` on all ranks. Oracle: sums over the data in double precision.
@Suite struct NormalizationTests {
    private static let x = Tensor.normal([37, 3, 4], seed: 1).map { 3 * $0 + 1000 }

    /// The data, normalized over all dimensions but those of `kept`.
    private static func normalized(_ x: Tensor, kept: Set<Int>) -> Tensor {
        func key(_ position: Int) -> [Int] {
            let (column, row) = (position % x.shape[2], position / x.shape[2] % x.shape[1])
            return (kept.contains(1) ? [row] : []) + (kept.contains(2) ? [column] : [])
        }
        let groups = Dictionary(grouping: 0..<x.count, by: key)
        let result = Tensor.zeros(x.shape)
        for positions in groups.values {
            let mean = positions.reduce(0) { $0 + Double(x[$1]) } / Double(positions.count)
            let variance = positions.reduce(0) { $0 + pow(Double(x[$1]) - mean, 2) } / Double(positions.count)
            for position in positions { result[position] = Float((Double(x[position]) - mean) / variance.squareRoot()) }
        }
        return result
    }

    @Test("data is normalized by its own statistics, from rank 0 or from all", arguments: [1, 2, 3], [false, true])
    func adapt(ranks: Int, isEverywhere: Bool) throws {
        let cases: [(axis: Axes?, kept: Set<Int>)] = [(-1, [2]), (1, [1]), ([1, -1], [1, 2]), (nil, [])]
        _ = try ThreadCluster.run(ranks) { communicator in
            for (axis, kept) in cases {
                let layer = Normalization(axis: axis)
                try layer.adapt(
                    isEverywhere || communicator.rank == 0 ? Self.x : nil, communicator: communicator)
                let model = Sequential([InputLayer([3, 4]), layer], communicator: communicator)
                #expect(relativeError(try model.predict(Self.x), Self.normalized(Self.x, kept: kept)) < 1e-4)
                // In the model, and in other data.
                let other = Self.x.map { 5 - 2 * $0 }
                try layer.adapt(other, communicator: communicator)
                #expect(relativeError(try model.predict(other), Self.normalized(other, kept: kept)) < 1e-4)
            }
        }
    }

    @Test("a training leaves the statistics as they are, in a first layer whose input the data tells")
    func training() throws {
        let communicator = SingleProcess()
        let layer = Normalization()
        try layer.adapt(try Self.x.reshaped([37 * 3, 4]), communicator: communicator)
        let model = Sequential([layer, Dense(1)], seed: 1, communicator: communicator)
        try model.compile(optimizer: .adam, loss: .mse)
        try model.fit(
            try Self.x.reshaped([37 * 3, 4]), Tensor.normal([37 * 3, 1], seed: 2), epochs: 2, batchSize: 16, verbose: 0)
        let weights = try model.weights
        #expect(weights.map(\.shape) == [[4], [4], [], [4, 1], [1]])
        for column in 0..<4 {
            let values = (0..<37 * 3).map { Double(Self.x[$0 * 4 + column]) }
            let mean = values.reduce(0, +) / Double(values.count)
            #expect(weights[0][column] == Float(mean))
        }
    }

    @Test("whole numbers and vectors have statistics too")
    func types() throws {
        let communicator = SingleProcess()
        let layer = Normalization()
        try layer.adapt(try Tensor(integers: [1, 3, 5, 7], shape: [4]), communicator: communicator)
        let model = Sequential([InputLayer([1]), layer], communicator: communicator)
        #expect(try model.predict(Tensor([4, 9])).elements == [0, Float(5 / 5.0.squareRoot())])
        // A feature that does not vary is divided by 1e-7.
        try layer.adapt(Tensor([3, 3, 3]), communicator: communicator)
        #expect(try model.predict(Tensor([3, 4])).elements == [0, 1 / 1e-7])
    }

    @Test("wrong data and arguments are errors on every rank", arguments: [1, 2])
    func errors(ranks: Int) throws {
        _ = try ThreadCluster.run(ranks) { communicator in
            func message(_ layer: Normalization, _ data: Tensor?) -> String {
                do { try layer.adapt(data, communicator: communicator) } catch { return "\(error)" }
                return "no error"
            }
            #expect(message(Normalization(), nil).contains("adapt needs data on rank 0"))
            #expect(message(Normalization(), Tensor.zeros([0, 3])).contains("data must be not empty"))
            #expect(message(Normalization(), Tensor([1, .nan])).contains("data must hold finite numbers"))
            #expect(
                message(Normalization(axis: 3, name: "n"), Self.x).contains(
                    "layer 'n': axis must be dimensions behind the batch of a row [3, 4], each once, received: [3]"))
            #expect(
                message(Normalization(mean: 1, variance: 2, name: "n"), Self.x).contains(
                    "the layer of adapt must be without a mean and a variance of its own, received: n"))
            let layer = Normalization(name: "n")
            let model = Sequential([InputLayer([3, 4]), layer], communicator: communicator)
            _ = try model.weights
            #expect(
                message(layer, Tensor.zeros([2, 3, 5])).contains("layer 'n': the input must have the features [4]"))
        }
        func message(_ layer: Normalization) -> String {
            do { _ = try Sequential([InputLayer([3, 4]), layer]).weights } catch { return "\(error)" }
            return "no error"
        }
        #expect(
            message(Normalization(mean: 1, name: "n")).contains(
                "layer 'n': variance must be given with mean, received: none"))
        #expect(
            message(Normalization(mean: [1, 2], variance: [1, 2], name: "n")).contains(
                "layer 'n': mean must be of the shape [4], or broadcast to it, received: [1, 2]"))
        #expect(
            message(Normalization(mean: 1, variance: [1, 2, 3, 4], name: "n")).contains(
                "layer 'n': variance must be of the shape [] of mean, received: [1, 2, 3, 4]"))
    }
}
