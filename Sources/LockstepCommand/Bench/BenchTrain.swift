import ArgumentParser
import Lockstep
import LockstepArguments

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Measures the training of a workload.
struct BenchTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Measure the training of a model on synthetic data: a built-in one, or one from a file.",
        discussion: """
            One epoch warms up, and the best of the others counts. An epoch must have ten steps, because fewer tell little. \
            On several ranks: launch/run -n 2 lockstep bench train mlp. \
            The built-in models: \(Workload.all.map(\.name).joined(separator: ", ")).
            """)

    @Argument(help: ArgumentHelp("A built-in model, or a file: \(ModelArguments.formats).", valueName: "model"))
    var workload: String
    @Option(
        help:
            "The loss of a model from a file; by default the one it was compiled with, or one that suits its last activation."
    ) var loss: String?
    @Option(help: "The optimizer of a model from a file; by default the one it was compiled with, or adam.")
    var optimizer: String?
    @Option(parsing: .unconditional, help: "Samples of synthetic data.") var samples: Int?
    @Option(parsing: .unconditional, help: "Samples in a step, of all ranks together.") var batchSize: Int?
    @Flag(
        help:
            "Use --samples and --batch-size for each rank, not for all ranks together: the work grows with the ranks."
    )
    var perRank = false
    @Option(parsing: .unconditional, help: "Epochs to measure, after one that warms up.") var epochs = 3
    @Option(parsing: .unconditional, help: "Threads of each rank.") var threads: Int?
    @Option(help: "How gradients are exchanged: all-reduce, shared, hierarchical; by default as suits the ranks.")
    var strategy: String?
    @OptionGroup var exchange: ExchangeArguments
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Make results independent of the number of ranks, with this many parts of a batch, and measure the cost.",
            valueName: "micro-shards"))
    var reproducible: Int?
    @OptionGroup var memory: MemoryArguments
    @Option(help: "Write a timeline of every rank to this file, for chrome://tracing or Perfetto.") var timeline:
        String?
    @Flag(help: "Print the time of each layer too.") var profile = false
    @Flag(help: "Write one JSON object on each line.") var json = false

    func validate() throws {
        try Workload.check(workload, loss: loss, optimizer: optimizer)
        _ = try strategy.map { try ExchangeArguments.strategy($0) }
        try checkCounts(
            ("--samples", samples), ("--batch-size", batchSize), ("--epochs", epochs), ("--threads", threads),
            ("--reproducible", reproducible))
    }

    func run() throws {
        if let threads { setenv("LOCKSTEP_THREADS", "\(threads)", 1) }
        Job.run(measure)
    }

    private func make(_ work: Workload) throws -> Model {
        try work.make(1, exchange.options(try strategy.map { try ExchangeArguments.strategy($0) }))
    }

    private func measure() throws {
        var work = try Workload(named: workload, loss: loss, optimizer: optimizer)
        work.reproducibility = reproducible.map { .acrossRanks(microShards: $0) } ?? .onSameRanks
        if memory.memoryLimit != nil, case .stepsOnBatch = work.unit {
            throw ValidationError("--memory-limit is for models that train in epochs, received: \(work.name)")
        }
        work.memoryLimit = memory.memoryLimit
        let share = perRank ? Job.size : 1
        let (count, size) = ((samples ?? work.samples) * share, (batchSize ?? work.batchSize) * share)
        let steps = work.steps(samples: count, batchSize: size)
        guard steps >= StepTimes.fewestSteps else {
            throw CommandError.steps(received: steps, samples: StepTimes.fewestSteps * (batchSize ?? work.batchSize))
        }
        let (x, y) = try work.data(count)
        let model = try make(work)
        try work.train(model, x, y, batchSize: size)
        var secondsPerStep = Double.infinity
        var costs: [Double] = []
        if reproducible == nil {
            secondsPerStep = try work.secondsPerStep(model, x, y, batchSize: size, rounds: epochs)
        } else {
            var plain = work
            plain.reproducibility = .onSameRanks
            let other = try make(plain)
            try plain.train(other, x, y, batchSize: size)
            for _ in 0..<epochs {
                let without = try plain.secondsPerStep(other, x, y, batchSize: size, rounds: 1)
                let with = try work.secondsPerStep(model, x, y, batchSize: size, rounds: 1)
                secondsPerStep = min(secondsPerStep, with)
                costs.append(with / without)
            }
        }
        // The parts are measured separately, because reading the clock within a step would slow the smallest models.
        guard let times = model.measureSteps(layers: profile) else { return }
        try work.train(model, x, y, batchSize: size)

        if let timeline {
            try model.fit(
                x, y, batchSize: size, verbose: 0, reproducibility: work.reproducibility, memoryLimit: work.memoryLimit,
                timeline: timeline)
        }

        let samplesPerStep = Double(x.rowCount) / Double((x.rowCount + size - 1) / size)
        func perStep(_ seconds: Double) -> Double { seconds / Double(times.steps.steps) * 1e6 }
        let parts = StepTimes.Part.allCases.map { ("\($0)", perStep(times.steps[$0])) }
        var layers: [LayerResult]?
        if let seconds = times.layers {
            layers = seconds.names.enumerated().map { index, name in
                LayerResult(
                    name: name, forwardUs: perStep(seconds.forward[index]), backwardUs: perStep(seconds.backward[index])
                )
            }
        }
        let result = TrainResult(
            workload: workload, ranks: Job.size, threads: try Job.threads(), batchSize: size,
            samplesPerS: samplesPerStep / secondsPerStep, usPerStep: secondsPerStep * 1e6,
            timesPlain: costs.isEmpty ? nil : costs.sorted()[costs.count / 2], peakMemoryBytes: peakMemory(),
            plannedMemoryBytes: model.plannedMemory, parts: parts.map(\.0),
            partsUs: Dictionary(uniqueKeysWithValues: parts), layers: layers,
            machine: try .current())
        Job.print(json ? try jsonLine(result) : result.table(summary: try Job.summary()))
    }
}

/// The result, as JSON, which `bench report` reads.
struct TrainResult: Codable {
    let workload: String
    let ranks, threads, batchSize: Int
    let samplesPerS, usPerStep: Double
    /// The time of a reproducible step, divided by the time of a step whose results depend on the number of ranks: the
    /// median over turns. Nil without the reproducible mode.
    let timesPlain: Double?
    /// Of the whole process.
    let peakMemoryBytes: Int
    /// Of weights, gradients, optimizer and the tensors of a step.
    let plannedMemoryBytes: Int?
    /// The parts of a step, in order.
    let parts: [String]
    let partsUs: [String: Double]
    let layers: [LayerResult]?
    let machine: Machine

    func table(summary: String) -> String {
        var lines = [
            summary,
            "\(workload): \(column(samplesPerS, digits: 0, width: 0)) samples/s, "
                + "\(column(usPerStep, digits: 2, width: 0)) µs a step, \(peakMemoryBytes / 1_000_000) MB"
                + (plannedMemoryBytes.map { ", of which \($0 / 1_000_000) MB are planned" } ?? ""),
        ]
        if let timesPlain {
            lines.append(
                "  \(column(timesPlain, digits: 3, width: 0)) times the step whose results depend on the ranks")
        }
        lines += parts.map { "  \(column($0, width: 10)) \(column(partsUs[$0] ?? 0, digits: 2, width: 10)) µs" }
        if let layers {
            lines.append("  \(column("layer", width: 24))    forward   backward, µs")
            lines += layers.map {
                "  \(column($0.name, width: 24)) \(column($0.forwardUs, digits: 2, width: 10)) \(column($0.backwardUs, digits: 2, width: 10))"
            }
        }
        return lines.joined(separator: "\n")
    }
}

struct LayerResult: Codable {
    let name: String
    let forwardUs, backwardUs: Double
}
