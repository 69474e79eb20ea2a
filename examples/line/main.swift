import ArgumentParser
import Lockstep
import LockstepArguments

/// Finds the line y = 0.5x + 2 in 200 noisy points with a single neuron: 160 points for training, 40 for testing.
struct Line: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "line",
        abstract: "Fits a line to 200 noisy points and draws it.",
        discussion: "Run it on two ranks with: launch/run -n 2 line")

    @Option(
        parsing: .unconditional,
        help: "The seed of the order of the points, the noise and the initial weight; by default 3.",
        transform: parseSeed)
    var seed: UInt64 = 3
    @Option(help: "The folder for the pictures.") var output = "."

    func run() throws { Job.run(learn) }

    private func learn() throws {
        let x = Tensor.linspace(-1, 1, count: 200).shuffled(seed: seed)
        let y = x * 0.5 + 2 + Tensor.normal([200], standardDeviation: 0.05, seed: seed)
        let train = (x: x.rows(0..<160), y: y.rows(0..<160))
        let test = (x: x.rows(160..<200), y: y.rows(160..<200))

        let model = try neuron()
        for step in 0...300 {
            let cost = try model.trainOnBatch(train.x, train.y).loss
            if step % 100 == 0 { Job.print("train cost:", rounded(cost)) }
        }
        Job.print("test cost:", rounded(try model.evaluate(test.x, test.y, batchSize: 40, verbose: 0).loss))
        let weights = try model.weights
        Job.print("weight: \(rounded(Double(weights[0][0]))), bias: \(rounded(Double(weights[1][0])))")

        var figure = Figure(width: 800, height: 560)
        figure.add(try panel("A line through the test points", test, model, labels: ("test points", "fitted line")))
        let steps = try figureOfSteps(train, test)
        try Job.once {
            try figure.save(output + "/line.png")
            try steps.save(output + "/line-steps.png")
            Job.print("Drawn: \(output)/line.png, \(output)/line-steps.png")
        }
    }

    /// One neuron without activation: y = weight · x + bias.
    private func neuron() throws -> Sequential {
        let model = Sequential(name: "line", seed: seed)
        model.add(Dense(1, inputDim: 1))
        try model.compile(optimizer: .sgd, loss: .mse)
        return model
    }

    /// Shows how the line approaches the points while a new neuron learns: a panel after every 100 of 1000 steps.
    private func figureOfSteps(_ train: (x: Tensor, y: Tensor), _ test: (x: Tensor, y: Tensor)) throws -> Figure {
        let model = try neuron()
        var figure = Figure(width: 900, height: 1500, columns: 2)
        for step in 1...1000 {
            try model.trainOnBatch(train.x, train.y)
            guard step % 100 == 0 else { continue }
            let cost = try model.evaluate(test.x, test.y, batchSize: 40, verbose: 0).loss
            figure.add(try panel("step \(step), cost \(rounded(cost))", test, model))
        }
        return figure
    }

    /// The test points and the model's line, drawn from its two ends.
    private func panel(
        _ title: String, _ test: (x: Tensor, y: Tensor), _ model: Model,
        labels: (points: String, line: String) = ("", "")
    ) throws -> Panel {
        let ends = Tensor.linspace(-1, 1, count: 2)
        let line = try model.predict(ends)
        return Panel(
            title, xLabel: "x", yLabel: "y",
            series: [
                .points(test.x.elements.map(Double.init), test.y.elements.map(Double.init), labels.points),
                .line(ends.elements.map(Double.init), line.elements.map(Double.init), labels.line),
            ])
    }

    private func rounded(_ value: Double) -> Double { (value * 1e5).rounded() / 1e5 }
}

Line.start()
