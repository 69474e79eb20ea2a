import ArgumentParser
import Lockstep
import LockstepArguments

/// Classifies two kinds of people: those of class 1 are heavier, taller and younger, by one standard deviation each.
struct People: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "people",
        abstract: "Learns to classify two kinds of people by weight, height and age.",
        discussion: "Run it on two ranks with: launch/run -n 2 people")

    @Option(parsing: .unconditional, help: "Epochs to train.") var epochs = 10
    @Option(parsing: .unconditional, help: "Samples in a step, of all ranks together.") var batchSize = 8
    @OptionGroup var options: RunOptions

    func validate() throws {
        try checkCounts(atLeast: 0, ("--epochs", epochs))
        try checkCounts(("--batch-size", batchSize))
    }

    func run() throws { Job.run(learn) }

    private func learn() throws {
        let classes = try Tensor((0..<1000).map { Float($0 % 2) }, shape: [1000, 1])
        let shift = try Tensor(rows: [[1, 1, -1]])
        let x = Tensor.normal([1000, 3], seed: options.seed) + (try matmul(classes, shift))
        let y = try toCategorical(classes)

        let model = Sequential(name: "people", seed: options.seed)
        model.add(Dense(4, kernelInitializer: .randomNormal, inputDim: 3, name: "Dense1"))
        model.add(Activation(.relu, name: "hidden"))
        model.add(Dense(2, kernelInitializer: .randomNormal))
        model.add(Activation(.softmax, name: "output"))
        try model.compile(optimizer: .rmsprop, loss: .categoricalCrossentropy, metrics: [.accuracy])
        try model.summary()

        let history = try model.fit(x, y, epochs: epochs, batchSize: batchSize, verbose: options.verbose)
        let scores = try model.evaluate(x, y, verbose: 0)
        Job.print("Of all 1000 people: \(scores)")

        let person = try Tensor(rows: [[0, 0, 0]])
        let probabilities = try model.predict(person)
        Job.print(
            "[0, 0, 0] is of class \(probabilities.argmaxOfRows[0]), probabilities: \(probabilities.elements.map(rounded))"
        )

        try Job.once {
            try history.figure().save(options.output + "/people.png")
            try scatter(x).save(options.output + "/people-scatter.png")
            Job.print("Drawn: \(options.output)/people.png, \(options.output)/people-scatter.png")
        }
    }

    /// The people by weight and age.
    private func scatter(_ x: Tensor) -> Figure {
        let series = (0..<2).map { kind in
            let people = stride(from: kind, to: x.rowCount, by: 2).map { x.row($0) }
            return Panel.Series.points(people.map { Double($0[0]) }, people.map { Double($0[2]) }, "class \(kind)")
        }
        var figure = Figure(width: 800, height: 600)
        figure.add(Panel("1000 people", xLabel: "weight", yLabel: "age", series: series))
        return figure
    }

    private func rounded(_ value: Float) -> Double { (Double(value) * 1e4).rounded() / 1e4 }
}

People.start()
