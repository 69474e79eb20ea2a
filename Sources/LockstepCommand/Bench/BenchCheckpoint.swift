import ArgumentParser
import Lockstep
import LockstepArguments

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Measures the cost of checkpoints.
struct BenchCheckpoint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Measure how long a checkpoint delays the training of a model.",
        discussion: """
            The shortest of several times counts. Steps with and without checkpoints take turns. On several ranks: launch/run -n 2 lockstep bench \
            checkpoint mlp.
            """)

    @Argument(help: ArgumentHelp("A built-in model, or a file, as of bench train.", valueName: "model")) var workload =
        "mlp"
    @Option(parsing: .unconditional, help: "Steps between checkpoints.") var every = 50
    @Option(parsing: .unconditional, help: "Epochs to measure with checkpoints, and without.") var epochs = 5
    @Option(help: "The folder for the checkpoints, on the disk to measure; by default one for temporary files.")
    var output: String?

    func validate() throws {
        try Workload.check(workload, loss: nil, optimizer: nil)
        try checkCounts(("--every", every), ("--epochs", epochs))
        let fewest = StepTimes.fewestSteps
        guard every >= fewest || epochs >= fewest || every * epochs >= fewest else {
            throw ValidationError(
                "--every times --epochs must be \(fewest) steps or more to be measured, received: \(every * epochs)")
        }
    }

    func run() throws { Job.run(measure) }

    private func measure() throws {
        let work = try Workload(named: workload, loss: nil, optimizer: nil)
        let (x, y) = try work.data(work.batchSize * every)
        let (plain, saved) = (try work.make(1, ExchangeOptions()), try work.make(1, ExchangeOptions()))
        let folder = (output ?? FileManager.default.temporaryDirectory.path) + "/lockstep-bench-checkpoint"
        func remove() throws { try Job.once { try? FileManager.default.removeItem(atPath: folder) } }
        func secondsPerStep(_ model: Model, _ checkpoint: Checkpoint?) throws -> Double {
            try remove()
            // The first epoch also contains the start of `fit`, so it does not count.
            try model.fit(x, y, epochs: 1 + epochs, batchSize: work.batchSize, verbose: 0, checkpoint: checkpoint)
            return (model.epochSeconds.dropFirst().min() ?? .nan) / Double(every)
        }
        var (without, with, pause, copy) = (Double.infinity, Double.infinity, Double.infinity, Double.infinity)
        let count = try saved.countParameters() * (1 + (saved.optimizer?.slotCount ?? 0))
        for _ in 0..<3 {
            without = min(without, try secondsPerStep(plain, nil))
            with = min(with, try secondsPerStep(saved, Checkpoint(folder, every: .steps(every))))
            pause = min(pause, saved.checkpointSeconds.dropFirst().min() ?? .nan)
            let source = Tensor.zeros([count])
            let start = monotonicSeconds()
            _ = source.copy()
            copy = min(copy, monotonicSeconds() - start)
        }
        try remove()
        func line(_ text: String, _ seconds: Double) -> String {
            "  " + column(text, width: 34) + column(seconds * 1e6, digits: 1, width: 12) + " µs"
        }
        Job.print(
            """
            \(try Job.summary())
            \(workload): a checkpoint of \(column(Double(count) * 4 / 1e6, digits: 1, width: 0)) MB every \(every) steps
            \(line("a checkpoint holds rank 0 up for", pause))
            \(line("a copy of as many bytes takes", copy))
            \(line("a step without checkpoints takes", without))
            \(line("a step with them takes", with))
            """)
    }
}
