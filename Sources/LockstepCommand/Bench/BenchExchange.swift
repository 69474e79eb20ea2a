import ArgumentParser
import Lockstep
import LockstepArguments

/// Measures the exchange of gradients.
struct BenchExchange: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exchange",
        abstract: "Compare the strategies of the gradient exchange with MPI_Allreduce.",
        discussion: """
            Each strategy sums the gradients of all ranks and updates the values by SGD, at many sizes. Gradients come in layers of 256 KB, as \
            backward pass, whose own time does not count. The ways take turns, and the median counts, of the slowest rank. "all-reduce" is MPI_Allreduce with an update of all values on every rank. The fit says what an exchange costs \
            before its first byte, and bytes a second behind it. On several ranks: launch/run -n 2 lockstep bench exchange.
            """)

    @Option(parsing: .unconditional, help: "Sizes in bytes, with K or M: a list, or FROM-TO in steps of four times.")
    var sizes = "4K-64M"
    @Option(help: "Strategies: all-reduce, shared, hierarchical; by default those that suit the ranks.") var strategies:
        String?
    @OptionGroup var exchange: ExchangeArguments
    @Option(parsing: .unconditional, help: "Turns of each strategy.") var repeats = 5
    @Flag(help: "Write one JSON object on each line.") var json = false
    @Option(help: "Draw the times to this file.") var plot: String?

    /// The exchanges of a turn, after one that warms up.
    private static let row = 5

    func validate() throws {
        _ = try byteSizes(sizes, option: "--sizes")
        _ = try ways(nodes: 1)
        try checkCounts(("--repeats", repeats))
    }

    func run() throws { Job.run(measure) }

    /// The options for messages between nodes do not apply to MPI's own reduction.
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
        for bytes in try byteSizes(sizes, option: "--sizes") {
            let benchmarks = try ways.map { try ExchangeBenchmark(count: max(bytes / 4, 1), options: try options($0)) }
            for (way, benchmark) in zip(ways, benchmarks) where try !benchmark.isRight() {
                throw ExchangeFailure(strategy: way.rawValue, bytes: bytes)
            }
            var seconds = Array(repeating: [Double](), count: ways.count)
            for _ in 0..<repeats {
                for (index, benchmark) in benchmarks.enumerated() {
                    // The first exchange of a turn finds another strategy's memory in the caches, so it does not count.
                    for number in 0...Self.row {
                        let time = try slowest(benchmark.measure(), communicator)
                        if number > 0 { seconds[index].append(time) }
                    }
                }
            }
            for index in results.indices {
                results[index].add(bytes: bytes, seconds: seconds[index].sorted()[seconds[index].count / 2])
            }
            if !json { Job.print(ExchangeResult.line(results)) }
        }
        if json {
            for result in results { Job.print(try jsonLine(result)) }
        } else {
            for result in results { Job.print(result.fitLine) }
        }
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
    var description: String {
        "the exchange '\(strategy)' of \(bytes) bytes does not update all values with the sum of the gradients"
    }
}
