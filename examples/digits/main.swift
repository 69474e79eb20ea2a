import ArgumentParser
import Lockstep
import LockstepArguments

/// Learns handwritten digits: 1437 of 1797 for training, and a random 360 for testing.
struct Digits: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digits",
        abstract: "Learns 1797 handwritten digits and draws the results.",
        discussion: "Run it on two ranks with: launch/run -n 2 digits")

    /// The kind of model.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case dense, convolutional
    }

    @Option(help: "The model: dense layers that see 64 numbers, or convolutions that see a picture.") var model = Kind
        .dense
    @Option(parsing: .unconditional, help: "Epochs to train.") var epochs = 60
    @Option(parsing: .unconditional, help: "Samples in a step, of all ranks together.") var batchSize = 50
    @OptionGroup var options: RunOptions
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Give the same bits on any number of ranks and threads: sum over this many parts of a batch, and print a fingerprint.",
            valueName: "micro-shards"))
    var reproducible: Int?
    @Option(help: "A folder for checkpoints; --resume continues an interrupted training from them.")
    var checkpoint: String?
    @Option(
        parsing: .unconditional, help: "The interval between checkpoints: 2epochs, 100steps or 60s; by default 1epoch.",
        transform: { try Checkpoint.Interval($0) })
    var checkpointEvery: Checkpoint.Interval?
    @Flag(help: "Resume from the last checkpoint.") var resume = false
    @Option(help: "The digits: rows of 64 pixels and the label.") var data = repository + "/examples/data/digits.csv.gz"

    func validate() throws {
        try checkCounts(atLeast: 0, ("--epochs", epochs))
        try checkCounts(("--batch-size", batchSize), ("--reproducible", reproducible))
    }

    func run() throws { Job.run(learn) }

    private func learn() throws {
        let table = try Csv.read(data).shuffled(seed: options.seed)
        guard table.shape == [1797, 65] else {
            throw ValidationError("--data must hold 1797 rows of 64 pixels and the label, received: \(table.shape)")
        }
        let x = table.columns(0..<64) / 16
        let y = try toCategorical(table.columns(64..<65), classes: 10)
        let (train, test) = (0..<1437, 1437..<1797)

        let model = model == .dense ? denseModel() : convolutionalModel()
        try model.compile(optimizer: Adam(learningRate: 0.002), loss: .categoricalCrossentropy, metrics: [.accuracy])
        if options.verbose > 0 { try model.summary() }

        let mode = reproducible.map { Reproducibility.acrossRanks(microShards: $0) } ?? .onSameRanks
        let history = try model.fit(
            x.rows(train), y.rows(train), epochs: epochs, batchSize: batchSize, verbose: options.verbose,
            validationSplit: 0.1,
            reproducibility: mode,
            checkpoint: checkpoint.map { Checkpoint($0, every: checkpointEvery ?? .epochs(1), resume: resume) })
        let scores = try model.evaluate(x.rows(test), y.rows(test), verbose: 0, reproducibility: mode)
        Job.print("Test accuracy on \(test.count) digits held out: \(scores["accuracy"]!)")

        let outputs = try model.predict(x.rows(test))
        if reproducible != nil {
            let bits =
                (try model.weights + [outputs]).map { "\($0.fingerprint)" } + history.names.map { "\(history[$0]!)" }
            Job.print(
                "Fingerprint of weights, history and predictions: \(String(fingerprint(of: "\(bits)"), radix: 16))")
        }
        let predicted = outputs.argmaxOfRows
        let actual = y.rows(test).argmaxOfRows
        try Job.once {
            try history.figure().save(options.output + "/digits-history.png")
            try grid(x.rows(test), predicted: predicted, actual: actual).save(
                options.output + "/digits-predictions.png")
            Job.print("Drawn: \(options.output)/digits-history.png, \(options.output)/digits-predictions.png")
        }
    }

    private func denseModel() -> Sequential {
        let model = Sequential(name: "digits", seed: options.seed)
        model.add(Dense(128, activation: .relu, inputDim: 64))
        model.add(Dropout(0.3))
        model.add(Dense(64, activation: .relu))
        model.add(Dropout(0.2))
        model.add(Dense(10, activation: .softmax))
        return model
    }

    private func convolutionalModel() -> Sequential {
        let model = Sequential(name: "digits", seed: options.seed)
        model.add(InputLayer([64]))
        model.add(Reshape(8, 8, 1))
        model.add(Conv2D(32, kernelSize: 3, padding: .same, activation: .relu))
        model.add(Conv2D(32, kernelSize: 3, padding: .same, activation: .relu))
        model.add(MaxPooling2D(2))
        model.add(Conv2D(64, kernelSize: 3, padding: .same, activation: .relu))
        model.add(MaxPooling2D(2))
        model.add(Flatten())
        model.add(Dropout(0.4))
        model.add(Dense(10, activation: .softmax))
        return model
    }

    /// The first 40 test digits with their predictions.
    private func grid(_ x: Tensor, predicted: [Int], actual: [Int]) -> Figure {
        var figure = Figure(width: 900, height: 620, columns: 8)
        for index in 0..<40 {
            let pixels = x.row(index).elements
            let rows = stride(from: 0, to: 64, by: 8).map { start in pixels[start..<start + 8].map(Double.init) }
            let isRight = predicted[index] == actual[index]
            figure.add(
                Panel(
                    isRight ? "\(predicted[index])" : "\(predicted[index]) (is \(actual[index]))",
                    series: [.image(rows)]))
        }
        return figure
    }
}

/// The folder of this file's repository.
private let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

Digits.start()
