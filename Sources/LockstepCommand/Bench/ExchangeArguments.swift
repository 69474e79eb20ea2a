import ArgumentParser
import Lockstep
import LockstepArguments

/// The exchange of gradients, as arguments that benchmarks share.
struct ExchangeArguments: ParsableArguments {
    @Option(help: "The number format between nodes: float32, bfloat16, float16.") var wire = "float32"
    @Flag(help: "Keep only one copy of the optimizer's memory in the job.") var shardOptimizer = false
    @Option(
        parsing: .unconditional,
        help: "About how many bytes are summed at once, with K or M; by default chosen from measurements.")
    var bucket: String?
    @Option(parsing: .unconditional, help: "Treat this many ranks as a node, to try several nodes on one machine.")
    var ranksPerNode: Int?

    func validate() throws {
        _ = try options(nil)
        try checkCounts(("--ranks-per-node", ranksPerNode))
    }

    /// - Parameter strategy: nil chooses the default for the ranks.
    func options(_ strategy: ExchangeOptions.Strategy?) throws -> ExchangeOptions {
        guard let format = WireFormat(rawValue: wire) else {
            throw ValidationError(
                "--wire must be \(WireFormat.allCases.map(\.rawValue).joined(separator: ", ")), received: \(wire)")
        }
        let bucketBytes = try bucket.map { try byteSizes($0, option: "--bucket")[0] }
        var options = ExchangeOptions(
            strategy: strategy, wire: format, bucketBytes: bucketBytes, shardOptimizer: shardOptimizer)
        options.nodeLimit = ranksPerNode
        return options
    }

    /// A strategy by its name.
    static func strategy(_ name: String) throws -> ExchangeOptions.Strategy {
        guard let strategy = ExchangeOptions.Strategy(rawValue: name) else {
            let known = ExchangeOptions.Strategy.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there are the strategies \(known), received: \(name)")
        }
        return strategy
    }
}
