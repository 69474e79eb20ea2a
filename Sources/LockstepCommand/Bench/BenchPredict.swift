import ArgumentParser
import Lockstep
import LockstepArguments

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Measures the predictions of a workload.
struct BenchPredict: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Measure the predictions of a model on synthetic data: a built-in one, or one from a file.",
        discussion: """
            One pass warms up, and the best of the others counts. The time of a sample alone is the median of many \
            calls. On several ranks: launch/run -n 2 lockstep bench predict mobilenet_v2. \
            The built-in models: \(Workload.all.map(\.name).joined(separator: ", ")).
            """)

    @Argument(help: ArgumentHelp("A built-in model, or a file: \(ModelArguments.formats).", valueName: "model"))
    var workload: String
    @Option(parsing: .unconditional, help: "Samples of synthetic data.") var samples: Int?
    @Option(parsing: .unconditional, help: "Samples in a batch, of all ranks together.") var batchSize: Int?
    @Option(parsing: .unconditional, help: "Passes over the data to measure, after one that warms up.") var rounds = 3
    @Option(parsing: .unconditional, help: "Threads of each rank.") var threads: Int?
    @Flag(help: "Write one JSON object.") var json = false

    func validate() throws {
        try Workload.check(workload, loss: nil, optimizer: nil)
        try checkCounts(
            ("--samples", samples), ("--batch-size", batchSize), ("--rounds", rounds), ("--threads", threads))
    }

    func run() throws {
        if let threads { setenv("LOCKSTEP_THREADS", "\(threads)", 1) }
        Job.run(measure)
    }

    private func measure() throws {
        let work = try Workload(named: workload, loss: nil, optimizer: nil)
        let size = batchSize ?? work.batchSize
        let (x, _) = try work.data(samples ?? work.samples)
        let model = try work.make(1, ExchangeOptions())
        func seconds(_ x: Tensor) throws -> Double {
            let start = monotonicSeconds()
            _ = try model.predict(x, batchSize: size)
            return monotonicSeconds() - start
        }
        _ = try seconds(x)
        let best = try (0..<rounds).map { _ in try seconds(x) }.min() ?? .nan
        let one = x.rows(0..<1)
        _ = try seconds(one)
        let latencies = try (0..<20 * rounds).map { _ in try seconds(one) }.sorted()
        let result = PredictResult(
            workload: workload, ranks: Job.size, threads: try Job.threads(), batchSize: size,
            samplesPerS: Double(x.rowCount) / best, usPerBatch: best * 1e6 * Double(size) / Double(x.rowCount),
            latencyUs: latencies[latencies.count / 2] * 1e6, peakMemoryBytes: peakMemory(), machine: try .current())
        Job.print(json ? try jsonLine(result) : result.text(summary: try Job.summary()))
    }
}

/// The result, as JSON.
struct PredictResult: Codable {
    let workload: String
    let ranks, threads, batchSize: Int
    let samplesPerS, usPerBatch: Double
    /// The median time of a call with one sample.
    let latencyUs: Double
    let peakMemoryBytes: Int
    let machine: Machine

    func text(summary: String) -> String {
        """
        \(summary)
        \(workload): \(column(samplesPerS, width: 0)) samples/s, \
        \(column(usPerBatch, digits: 0, width: 0)) µs a batch of \(batchSize), \
        \(column(latencyUs, digits: 0, width: 0)) µs a sample alone, \(peakMemoryBytes / 1_000_000) MB
        """
    }
}
