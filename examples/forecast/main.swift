import ArgumentParser
import Foundation
import Lockstep
import LockstepArguments

/// Forecasts a noisy mixture of sines: learns to tell the next value from those before, and goes on from its own
/// values.
struct Forecast: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Learns a noisy mixture of sines with an LSTM and draws its forecast beside the truth.",
        discussion: "Run it on two ranks with: launch/run -n 2 forecast")

    @Option(parsing: .unconditional, help: "Epochs to train.") var epochs = 30
    @Option(parsing: .unconditional, help: "Samples in a step, of all ranks together.") var batchSize = 32
    @Option(parsing: .unconditional, help: "How many values the model sees of the past.") var window = 50
    @OptionGroup var options: RunOptions

    /// How many values there are to learn from, and how many the forecast has.
    private static let (known, ahead) = (1200, 150)

    func validate() throws {
        try checkCounts(atLeast: 0, ("--epochs", epochs))
        try checkCounts(("--batch-size", batchSize), ("--window", window))
        guard window < Self.known / 2 else {
            throw ValidationError("--window must be below \(Self.known / 2), received: \(window)")
        }
    }

    func run() throws { Job.run(learn) }

    private func learn() throws {
        // Two periods that do not divide each other.
        let truth = (0..<Self.known + Self.ahead).map { step in
            let (fast, slow) = (2 * Float.pi * Float(step) / 25, 2 * Float.pi * Float(step) / 61)
            return 0.6 * sinf(fast) + 0.4 * sinf(slow)
        }
        let noise = Tensor.normal([truth.count], standardDeviation: 0.05, seed: options.seed)
        let series = truth.indices.map { truth[$0] + noise[$0] }
        let starts = 0..<Self.known - window
        let x = try Tensor(starts.flatMap { series[$0..<$0 + window] }, shape: [starts.count, window, 1])
        let y = try Tensor(starts.map { series[$0 + window] }, shape: [starts.count, 1])

        let model = Sequential(name: "forecast", seed: options.seed)
        model.add(LSTM(32, inputShape: [window, 1]))
        model.add(Dense(1))
        try model.compile(optimizer: Adam(learningRate: 0.005), loss: .mse)
        if options.verbose > 0 { try model.summary() }
        try model.fit(x, y, epochs: epochs, batchSize: batchSize, verbose: options.verbose, validationSplit: 0.1)

        // Each value that is forecast is the last one of the next window.
        var values = Array(series[(Self.known - window)..<Self.known])
        for _ in 0..<Self.ahead {
            let past = try Tensor(Array(values.suffix(window)), shape: [1, window, 1])
            values.append(try model.predict(past)[0])
        }
        let forecast = Array(values.suffix(Self.ahead))
        let errors = forecast.indices.map { Double(forecast[$0] - truth[Self.known + $0]) }
        let error = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
        Job.print("Error of \(Self.ahead) steps, root of the mean square: \((error * 1e4).rounded() / 1e4)")

        let path = options.output + "/forecast.png"
        try Job.once {
            try figure(series: series, truth: truth, forecast: forecast).save(path)
            Job.print("Drawn: \(path)")
        }
    }

    private func figure(series: [Float], truth: [Float], forecast: [Float]) -> Figure {
        let past = Self.known - 150..<Self.known
        let future = Self.known..<Self.known + Self.ahead
        func line(_ steps: Range<Int>, _ values: (Int) -> Float, _ label: String) -> Panel.Series {
            .line(steps.map(Double.init), steps.map { Double(values($0)) }, label)
        }
        var figure = Figure(width: 1000, height: 500)
        figure.add(
            Panel(
                "A mixture of two sines", xLabel: "step", yLabel: "value",
                series: [
                    line(past, { series[$0] }, "what the model saw"), line(future, { truth[$0] }, "truth"),
                    line(future, { forecast[$0 - Self.known] }, "forecast"),
                ]))
        return figure
    }
}

Forecast.start()
