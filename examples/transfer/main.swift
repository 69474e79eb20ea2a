import ArgumentParser
import Lockstep
import LockstepArguments

/// Transfers what was learnt: trains convolutions to tell digits, freezes them, and trains a new head on another
/// question, odd or even, with a few other pictures; beside it a model that learns from these few alone.
struct Transfer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer",
        abstract: "Trains convolutions to tell digits and uses them, frozen, to tell odd from even.",
        discussion: "Run it on two ranks with: launch/run -n 2 transfer")

    @Option(parsing: .unconditional, help: "Epochs to train the convolutions.") var epochs = 20
    @Option(parsing: .unconditional, help: "Epochs to train the head, and the model from scratch.") var headEpochs = 60
    @Option(parsing: .unconditional, help: "Pictures to learn odd and even from.") var pictures = 50
    @OptionGroup var options: RunOptions
    @Option(help: "The digits: rows of 64 pixels and the label.") var data = repository + "/examples/data/digits.csv.gz"

    func validate() throws {
        try checkCounts(("--epochs", epochs), ("--head-epochs", headEpochs), ("--pictures", pictures))
        guard pictures <= 500 else {
            throw ValidationError("--pictures must be at most 500, received: \(pictures)")
        }
    }

    func run() throws { Job.run(learn) }

    private func learn() throws {
        let table = try Csv.read(data).shuffled(seed: options.seed)
        guard table.rowCount >= 1600, table.shape.dimensions.last == 65 else {
            throw ValidationError(
                "--data must hold at least 1600 rows of 64 pixels and the label, received: \(table.shape)")
        }
        let labels = table.columns(64..<65).elements.map { Int($0) }
        // The convolutions learn from the first pictures, the head from a few of the others.
        let (old, others) = (Array(0..<1000), Array(1000..<table.rowCount))
        let few = Array(others.prefix(pictures))
        let rest = Array(others.dropFirst(pictures))
        func samples(_ rows: [Int], _ label: (Int) -> Int) throws -> (x: Tensor, y: Tensor) {
            let y = try Tensor(rows.map { Float(label(labels[$0])) }, shape: [rows.count, 1])
            return (try placed(table.gathered(rows).columns(0..<64) / 16), y)
        }
        // Each of the old pictures at several places.
        let digits = try samples(Array(repeating: old, count: 4).flatMap { $0 }) { $0 }
        let (known, unknown) = (try samples(few) { $0 % 2 }, try samples(rest) { $0 % 2 })

        let base = try convolutions()
        let classifier = Sequential([base, Dense(10, activation: .softmax)], name: "digits", seed: options.seed)
        try classifier.compile(
            optimizer: Adam(learningRate: 0.002), loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
        if options.verbose > 0 { try classifier.summary() }
        try classifier.fit(digits.x, digits.y, epochs: epochs, batchSize: 50, verbose: options.verbose)

        base.isTrainable = false
        let transferred = try Model(
            inputs: base.inputs, outputs: Dense(1, activation: .sigmoid)(base.output), name: "transferred",
            seed: options.seed)
        let scratch = Sequential(
            [try convolutions(), Dense(1, activation: .sigmoid)], name: "scratch", seed: options.seed)
        var histories: [(name: String, history: History)] = []
        for (name, model) in [("frozen convolutions", transferred), ("from scratch", scratch)] {
            try model.compile(
                optimizer: Adam(learningRate: 0.01), loss: .binaryCrossentropy, metrics: [.binaryAccuracy])
            let history = try model.fit(
                known.x, known.y, epochs: headEpochs, batchSize: 25, verbose: 0,
                validationData: (unknown.x, unknown.y))
            histories.append((name, history))
            let scores = try model.evaluate(unknown.x, unknown.y, verbose: 0)
            Job.print(
                "Odd or even after \(pictures) pictures, \(name): accuracy \(scores["binary_accuracy"]!) of "
                    + "\(rest.count) others")
        }
        let path = options.output + "/transfer.png"
        try Job.once {
            try figure(histories).save(path)
            Job.print("Drawn: \(path)")
        }
    }

    /// Pictures of 8×8, each somewhere in a dark frame of 14×14: `[samples, 14, 14, 1]`.
    private func placed(_ x: Tensor) throws -> Tensor {
        let (side, frame) = (8, Self.frame)
        let places = Tensor.uniform(
            [x.rowCount, 2], high: Float(frame - side + 1), seed: options.seed &+ UInt64(x.rowCount))
        var pixels = [Float](repeating: 0, count: x.rowCount * frame * frame)
        for index in 0..<x.rowCount {
            let (top, left) = (Int(places[2 * index]), Int(places[2 * index + 1]))
            for (place, value) in x.row(index).elements.enumerated() {
                pixels[(index * frame + top + place / side) * frame + left + place % side] = value
            }
        }
        return try Tensor(pixels, shape: [x.rowCount, frame, frame, 1])
    }

    private static let frame = 14

    /// Convolutions that end in 64 features.
    private func convolutions() throws -> Model {
        let image = Input([Self.frame, Self.frame, 1])
        var x = Conv2D(32, kernelSize: 3, padding: .same, activation: .relu)(image)
        x = MaxPooling2D(2)(x)
        x = Conv2D(64, kernelSize: 3, padding: .same, activation: .relu)(x)
        x = Conv2D(64, kernelSize: 3, activation: .relu)(x)
        return try Model(inputs: image, outputs: GlobalMaxPooling2D()(x), name: "convolutions", seed: options.seed)
    }

    private func figure(_ histories: [(name: String, history: History)]) -> Figure {
        var figure = Figure(width: 800, height: 500)
        let series = histories.map { name, history in
            let accuracy = history["val_binary_accuracy"] ?? []
            return Panel.Series.line(accuracy.indices.map { Double($0 + 1) }, accuracy, name)
        }
        figure.add(
            Panel(
                "Odd or even digits that were not learnt from", xLabel: "epoch", yLabel: "accuracy", series: series))
        return figure
    }
}

/// The folder of this file's repository.
private let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

Transfer.start()
