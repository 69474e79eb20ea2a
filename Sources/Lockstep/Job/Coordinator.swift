import LockstepCluster

/// The duties of rank 0: it splits, shuffles, decides, keeps the history and prints, and its decisions reach all ranks.
/// Other code does not ask for the rank.
package struct Coordinator {
    let communicator: any Communicator

    package init(communicator: any Communicator) { self.communicator = communicator }

    /// Collective: runs the body on rank 0 alone and returns its result on all ranks. An error reaches all ranks too.
    package func decide<Decision: Transferable>(_ body: () throws -> Decision) throws -> Decision {
        guard communicator.size > 1 else { return try body() }
        var outcome: Result<Decision, any Error>?
        var writer = WireWriter()
        if communicator.rank == 0 {
            outcome = Result(catching: body)
            switch outcome! {
            case .success(let decision):
                writer.write(true)
                decision.write(to: &writer)
            case .failure(let error):
                writer.write(false)
                writer.write(communicator.host)
                writer.write("\(error)")
            }
        }
        var reader = WireReader(try communicator.share(writer.bytes, from: 0))
        if let outcome { return try outcome.get() }
        guard try reader.readBool() else { throw try Self.failure(of: 0, from: &reader) }
        return try Decision(from: &reader)
    }

    /// Collective: runs the body on rank 0 alone; an error there reaches all ranks.
    package func once(_ body: () throws -> Void) throws {
        _ = try decide {
            try body()
            return Nothing()
        }
    }

    /// Collective: runs the body on each rank. If it fails on any rank, all ranks throw. A rank where it failed throws
    /// its own error; the others throw that of the lowest failed rank. So bad input on one rank is an error on every
    /// rank, and the others do not hang.
    package func agree<Value>(_ body: () throws -> Value) throws -> Value {
        guard communicator.size > 1 else { return try body() }
        let outcome = Result(catching: body)
        var failures = [0.0]
        if case .failure = outcome { failures[0] = 1 }
        try communicator.allReduceSum(&failures)
        guard failures[0] > 0 else { return try outcome.get() }

        var writer = WireWriter()
        if case .failure(let error) = outcome {
            writer.write(communicator.host)
            writer.write("\(error)")
        }
        let messages = try communicator.shareAll(writer.bytes)
        _ = try outcome.get()
        let rank = messages.firstIndex { !$0.isEmpty } ?? 0
        var reader = WireReader(messages[rank])
        throw try Self.failure(of: rank, from: &reader)
    }

    private static func failure(of rank: Int, from reader: inout WireReader) throws(ClusterError) -> TrainingError {
        .onRank(rank, host: try reader.readString(), message: try reader.readString())
    }

    /// Runs the body on rank 0 alone; for printing, which cannot fail.
    package func report(_ body: () -> Void) {
        if communicator.rank == 0 { body() }
    }

    private struct Nothing: Transferable {
        init() {}
        init(from reader: inout WireReader) {}
        func write(to writer: inout WireWriter) {}
    }
}
