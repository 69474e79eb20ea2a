import ArgumentParser
import Lockstep

/// Measures the exchange of gradients.
struct BenchExchange: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exchange",
        abstract: "Measure ways to exchange gradients against MPI_Allreduce.",
        discussion: """
            Each way sums the gradients of all ranks and moves the values by SGD, at many sizes; the ways take turns, and the median counts, \
            of the slowest rank. "all-reduce" is MPI_Allreduce with an update of all values on every rank. The fit says what an exchange costs \
            before its first byte, and bytes a second behind it. On several ranks: launch/run -n 2 lockstep bench exchange.
            """)

    @Option(help: "Sizes in bytes, with K or M: a list, or FROM-TO in steps of four times.") var sizes = "4K-64M"
    @Option(help: "Ways, of all-reduce, shared, hierarchical; by default those the ranks can take.") var strategies: String?
    @OptionGroup var exchange: ExchangeArguments
    @Option(help: "Turns of each.") var repeats = 15
    @Flag(help: "Write one JSON object a line.") var json = false
    @Option(help: "Draw the times to this file.") var plot: String?

    func validate() throws {
        _ = try byteSizes(sizes)
        _ = try ways(nodes: 1)
        guard repeats > 0 else { throw ValidationError("--repeats must be 1 or more, received: \(repeats)") }
    }

    func run() throws { Job.run(measure) }

    /// What is for messages between nodes means nothing to MPI's own reduction.
    private func options(_ strategy: ExchangeOptions.Strategy) throws -> ExchangeOptions {
        strategy == .allReduce ? ExchangeOptions(strategy: .allReduce) : try exchange.options(strategy)
    }

    private func ways(nodes: Int) throws -> [ExchangeOptions.Strategy] {
        guard let strategies else { return [.allReduce, nodes == 1 ? .shared : .hierarchical] }
        return try strategies.split(separator: ",").map { try ExchangeArguments.strategy(String($0)) }
    }

    private func measure() throws {
        let communicator = try Job.communicator()
        let ways = try ways(nodes: try communicator.nodeMap(limit: exchange.ranksPerNode).members.count)
        var results = ways.map { ExchangeResult(strategy: $0.rawValue, ranks: communicator.size) }
        if !json {
            Job.print(try Job.summary())
            Job.print("     bytes" + ways.map { "  \(column($0.rawValue, width: 13)) µs   GB/s  times" }.joined())
        }
        for bytes in try byteSizes(sizes) {
            let benchmarks = try ways.map { try ExchangeBenchmark(count: max(bytes / 4, 1), options: try options($0)) }
            for (way, benchmark) in zip(ways, benchmarks) where try !benchmark.isRight() {
                throw ExchangeFailure(strategy: way.rawValue, bytes: bytes)
            }
            var seconds = Array(repeating: [Double](), count: ways.count)
            for _ in 0..<repeats {
                for (index, benchmark) in benchmarks.enumerated() { seconds[index].append(try slowest(benchmark.measure(), communicator)) }
            }
            for index in results.indices { results[index].add(bytes: bytes, seconds: seconds[index].sorted()[repeats / 2]) }
            if !json { Job.print(ExchangeResult.line(results)) }
        }
        if json { for result in results { Job.print(try jsonLine(result)) } } else { for result in results { Job.print(result.fitLine) } }
        if let plot { try Job.once { try ExchangeResult.figure(results).save(plot) } }
    }

    private func slowest(_ seconds: Double, _ communicator: any Communicator) throws -> Double {
        var all = [Double](repeating: 0, count: communicator.size)
        all[communicator.rank] = seconds
        try communicator.allReduceSum(&all)
        return all.max() ?? seconds
    }
}

struct ExchangeFailure: Error, CustomStringConvertible {
    let strategy: String
    let bytes: Int
    var description: String { "the exchange '\(strategy)' of \(bytes) bytes does not move all values by the sum of the gradients" }
}

/// `"4K,1M"`, or `"4K-1M"`: each four times the one before.
func byteSizes(_ text: String) throws -> [Int] {
    func size(_ text: Substring) throws -> Int {
        let units: [Character: Int] = ["K": 1024, "M": 1024 * 1024, "G": 1024 * 1024 * 1024]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Int(unit == nil ? text : text.dropLast()), number > 0, number < 1 << 32 else {
            throw ValidationError("a size is a whole number of bytes, or with K or M behind it, received: \(text)")
        }
        return number * (unit ?? 1)
    }
    return try text.split(separator: ",", omittingEmptySubsequences: false).flatMap { part in
        let ends = try part.split(separator: "-", omittingEmptySubsequences: false).map(size)
        guard ends.count == 2 else { return ends.count == 1 ? ends : [try size(part)] }
        return Array(sequence(first: ends[0]) { $0 * 4 <= ends[1] ? $0 * 4 : nil })
    }
}
