import Lockstep
import LockstepCluster

/// The result of a training.
struct Outcome: Equatable {
    let history: History
    let weights: [Tensor]
}

extension Outcome: Transferable {
    func write(to writer: inout WireWriter) {
        writer.write(history.names) { $0.write($1) }
        writer.write(history.epoch) { $0.write($1) }
        for name in history.names {
            writer.write(history[name]!) { $0.write($1) }
        }
        writer.write(weights) { writer, tensor in
            writer.write(tensor.shape.dimensions) { $0.write($1) }
            writer.write(tensor.elements.withUnsafeBytes { Array($0) })
        }
    }

    init(from reader: inout WireReader) throws(ClusterError) {
        let names = try reader.readArray { reader throws(ClusterError) in try reader.readString() } ?? []
        let epoch = try reader.readArray { reader throws(ClusterError) in try reader.readInt() } ?? []
        var values: [[Double]] = []
        for _ in names {
            values.append(try reader.readArray { reader throws(ClusterError) in try reader.readDouble() } ?? [])
        }
        history = History(names: names, params: [:], epoch: epoch, values: values)
        weights =
            try reader.readArray { reader throws(ClusterError) in
                let shape = try reader.readArray { reader throws(ClusterError) in try reader.readInt() } ?? []
                let bytes = try reader.readBytes()
                let tensor = Tensor.zeros(Shape(shape))
                bytes.withUnsafeBytes { bytes in
                    for (index, element) in bytes.bindMemory(to: Float.self).enumerated() { tensor[index] = element }
                }
                return tensor
            } ?? []
    }
}

/// What each of many trainings comes to on one rank. The ranks compute them in turn, and share the results.
///
/// Collective.
func outcomesOfOneRank<Training>(
    _ trainings: [Training], on communicator: any Communicator,
    _ train: (Training, any Communicator) throws -> Outcome
) throws -> [Outcome] {
    var writer = WireWriter()
    for index in stride(from: communicator.rank, to: trainings.count, by: communicator.size) {
        try train(trainings[index], SingleProcess()).write(to: &writer)
    }
    var readers = try communicator.shareAll(writer.bytes).map { WireReader($0) }
    return try trainings.indices.map { try Outcome(from: &readers[$0 % communicator.size]) }
}

/// Compares with the outcome of one rank, to a relative 1e-5, and the ranks with each other, to the bit.
/// A training on all ranks comes to what it comes to on one, but for rounding.
func matches(_ actual: Outcome, _ expected: Outcome, on communicator: any Communicator, what: String = "the model")
    throws
{
    for name in expected.history.names {
        let error = relativeError(actual.history[name] ?? [], expected.history[name] ?? [])
        try expect(
            error < 1e-5,
            "\(what): \(name) differs by \(error): \(actual.history[name] ?? []), one rank \(expected.history[name] ?? [])"
        )
    }
    try expect(actual.weights.count == expected.weights.count, "\(what): \(actual.weights.count) weights")
    for (index, (weights, reference)) in zip(actual.weights, expected.weights).enumerated() {
        // The gradient of the bias of a key in attention is only rounding, and the bias begins at zero.
        func largest(_ x: Tensor) -> Double { x.elements.map { Double(abs($0)) }.max() ?? 0 }
        let error = largest(reference) < 1e-6 ? largest(weights) : relativeError(weights, reference)
        try expect(error < 1e-5, "\(what): weights \(index) differ by \(error)")
    }
    try agrees(actual, on: communicator)
}

/// All ranks have the same result.
func agrees(_ outcome: Outcome, on communicator: any Communicator) throws {
    var writer = WireWriter()
    outcome.write(to: &writer)
    let all = try communicator.shareAll(writer.bytes)
    try expect(all.allSatisfy { $0 == all[0] }, "ranks differ in weights or history")
}

/// A training comes to the bits of another.
func expectSameBits(_ actual: Outcome, _ expected: Outcome, _ what: String) throws {
    for name in expected.history.names {
        let (values, oracle) = (actual.history[name] ?? [], expected.history[name] ?? [])
        try expect(
            values.map(\.bitPattern) == oracle.map(\.bitPattern), "\(what): \(name) is \(values), of one rank \(oracle)"
        )
    }
    try expect(actual.weights.count == expected.weights.count, "\(what): \(actual.weights.count) weights")
    for (index, (weights, oracle)) in zip(actual.weights, expected.weights).enumerated() {
        try expect(sameBits(weights, oracle), "\(what): weights \(index) differ by \(relativeError(weights, oracle))")
    }
}
