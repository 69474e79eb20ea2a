import ArgumentParser
import Lockstep
import LockstepArguments

/// Predicts the time of training on more ranks than there are.
struct BenchSimulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract:
            "Predict the time of training on thousands of ranks: measure a model's steps here, and simulate their exchange.",
        discussion: """
            Every rank computes as long as one rank does here with the same number of rows. It exchanges gradients with the same buckets, \
            described: with the same buckets, messages and order. Messages between nodes cost the latency, the overhead for each further one \
            at once, and their bytes through the interfaces of both nodes; sums and updates cost their bytes of the nodes' memory. What of them \
            computing does not hide is exposed. Ranks of a node share its interface and its memory; by default there is one on each. The network described by default is 25 Gbit/s Ethernet with TCP. The built-in models: \(Workload.all.map(\.name).joined(separator: ", ")).
            """)

    @Argument(help: ArgumentHelp("A built-in model, or a file: \(ModelArguments.formats).", valueName: "model"))
    var workload: String?
    @Option(
        parsing: .unconditional,
        help:
            "In place of a model: one exchange of this many bytes, with K or M; a list, or FROM-TO in steps of four times."
    )
    var gradients: String?
    @Option(parsing: .unconditional, help: "Numbers of ranks: a list, or FROM-TO in doublings.") var ranks = "8-8192"
    @Option(parsing: .unconditional, help: "The time from a message's departure to its arrival, such as 50us.")
    var latency = "30us"
    @Option(parsing: .unconditional, help: "The time for each further message at once.") var overhead = "2us"
    @Option(
        parsing: .unconditional,
        help: "Longer messages need a request first, which costs two more latencies; 64K as in Open MPI over TCP.")
    var eager = "64K"
    @Option(
        parsing: .unconditional, help: "The bandwidth of a node's interface in each direction, such as 1Gbit or 12.5GB."
    )
    var bandwidth = "25Gbit"
    @Option(parsing: .unconditional, help: "The bandwidth of a node's memory for sums and updates.")
    var memoryBandwidth = "20GB"
    @Option(help: "Whether --batch-size is for all ranks together (strong) or for each rank (weak).") var mode =
        "weak"
    @Option(parsing: .unconditional, help: "Samples in a step, see --mode; by default the model's.") var batchSize: Int?
    @Option(
        parsing: .unconditional,
        help:
            "The speed of one rank with --batch-size samples: 5000/s, or 20ms for a step; by default as measured here.")
    var compute: String?
    @Option(
        parsing: .unconditional,
        help: "How much the ranks' computing times differ: 0.05 for about 5 %, drawn again for each step.")
    var jitter = 0.0
    @Option(parsing: .unconditional, help: "Steps to simulate if ranks differ; the result is their mean.") var steps = 5
    @Option(parsing: .unconditional, help: "The seed of the differences; by default 1.", transform: parseSeed)
    var seed: UInt64 = 1
    @OptionGroup var exchange: ExchangeArguments
    @Option(help: "The loss of a model from a file; by default one that suits its last activation.") var loss: String?
    @Option(help: "The optimizer of a model from a file; by default adam.") var optimizer: String?
    @Flag(help: "Write one JSON object on each line.") var json = false
    @Option(help: "Draw speed-up and efficiency to this file.") var plot: String?

    func validate() throws {
        guard (workload == nil) != (gradients == nil) else {
            throw ValidationError(
                "a model or --gradients says what is exchanged; received: \(workload == nil ? "neither" : "both")")
        }
        if let workload { try Workload.check(workload, loss: loss, optimizer: optimizer) }
        if gradients != nil {
            let others = [
                ("--compute", compute != nil), ("--batch-size", batchSize != nil), ("--plot", plot != nil),
                ("--jitter", jitter > 0),
            ]
            if let other = others.first(where: \.1) {
                throw ValidationError("\(other.0) is for models, not for --gradients")
            }
        }
        try checkCounts(("--batch-size", batchSize), ("--steps", steps))
        guard mode == "strong" || mode == "weak" else {
            throw ValidationError("--mode must be strong or weak, received: \(mode)")
        }
        guard 0...1 ~= jitter else { throw ValidationError("--jitter must be from 0 to 1, received: \(jitter)") }
        _ = try gradients.map { try byteSizes($0, option: "--gradients") }
        _ = try rankCounts(ranks)
        _ = try compute.map(ComputingTimes.Speed.init)
        _ = try cluster(ranks: 1)
        _ = try options()
    }

    func run() throws { Job.run(simulate) }

    private func cluster(ranks: Int) throws -> SimulatedCluster {
        let link = LinkModel(
            latency: try seconds(latency, option: "--latency"), overhead: try seconds(overhead, option: "--overhead"),
            bandwidth: try bytesPerSecond(bandwidth, option: "--bandwidth"))
        return SimulatedCluster(
            ranks: ranks, ranksPerNode: ranksPerNode, link: link,
            eagerBytes: try byteSizes(eager, option: "--eager")[0],
            memoryBandwidth: try bytesPerSecond(memoryBandwidth, option: "--memory-bandwidth"), jitter: jitter)
    }

    private func options() throws -> ExchangeOptions {
        let options = try exchange.options(nil)
        guard options.bucketBytes ?? 4 >= 4 else {
            throw ValidationError("--bucket must be 4 or more, received: \(exchange.bucket ?? "")")
        }
        return options
    }

    private var ranksPerNode: Int { exchange.ranksPerNode ?? 1 }

    /// A step on `ranks` ranks: the mean of several if the ranks differ.
    private func step(_ work: StepWork, ranks: Int) throws -> SimulatedStep {
        let simulation = ExchangeSimulation(work, on: try cluster(ranks: ranks), options: try options())
        return SimulatedStep.mean((0..<(jitter > 0 ? steps : 1)).map { simulation.step(seed: seed, number: $0) })
    }

    private var isWeak: Bool { mode == "weak" }

    private func simulate() throws {
        guard Job.size == 1 else { throw SimulationFailure(ranks: Job.size) }
        if let workload { try simulate(workload) }
        guard let gradients else { return }
        if !json { Job.print(SimulationResult.header(isModel: false)) }
        for bytes in try byteSizes(gradients, option: "--gradients") {
            for ranks in try rankCounts(ranks) {
                let step = try step(.exchange(of: max(bytes / 4, 1)), ranks: ranks)
                let result = SimulationResult(step, gradients: bytes, ranks: ranks, ranksPerNode: ranksPerNode)
                Job.print(json ? try jsonLine(result) : result.line)
            }
        }
    }

    private func simulate(_ name: String) throws {
        let workload = try Workload(named: name, loss: loss, optimizer: optimizer)
        let size = batchSize ?? workload.batchSize
        let times = try ComputingTimes(workload, speed: try compute.map(ComputingTimes.Speed.init), rows: size)
        let one = try step(times.work(rows: size), ranks: 1)
        let gradients = try times.work(rows: size).count * 4
        if !json {
            Job.print(
                """
                \(name): \(column(Double(gradients) * 1e-6, digits: 3, width: 0)) MB of gradients, \(size) samples a \(isWeak ? "rank" : "step"), \
                \(ranksPerNode) \(ranksPerNode == 1 ? "rank" : "ranks") a node; \(latency), \(overhead) a message, \(bandwidth)/s
                \(SimulationResult.header(isModel: true))
                """)
        }
        var results: [SimulationResult] = []
        for ranks in try rankCounts(ranks) {
            let work = try times.work(rows: isWeak ? size : (size + ranks - 1) / ranks)
            let base = SimulationResult.Base(
                model: name, mode: mode, batchSize: isWeak ? size * ranks : size, size: size, step: one)
            results.append(
                SimulationResult(
                    try step(work, ranks: ranks), gradients: gradients, ranks: ranks, ranksPerNode: ranksPerNode,
                    base: base))
            Job.print(json ? try jsonLine(results[results.count - 1]) : results[results.count - 1].line)
        }
        if let plot { try SimulationResult.figure(results, title: "\(name), \(mode) scaling, simulated").save(plot) }
    }
}

struct SimulationFailure: Error, CustomStringConvertible {
    let ranks: Int
    var description: String {
        "bench simulate measures one rank and simulates the others; it must run on 1 rank, received: \(ranks)"
    }
}
