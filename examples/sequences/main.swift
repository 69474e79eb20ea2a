import ArgumentParser
import Lockstep
import LockstepArguments

/// Classifies sequences of letters with a small transformer: does the first letter come again?
struct Sequences: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sequences",
        abstract: "Learns with a small transformer whether the first letter of a sequence comes again.",
        discussion: """
            The picture shows where the model looks from the first place: at the letter that is the same.
            Run it on two ranks with: launch/run -n 2 sequences
            """)

    @Option(parsing: .unconditional, help: "Epochs to train.") var epochs = 20
    @Option(parsing: .unconditional, help: "Samples in a step, of all ranks together.") var batchSize = 64
    @Option(parsing: .unconditional, help: "Sequences to learn from.") var samples = 4000
    @OptionGroup var options: RunOptions

    /// The number of different letters, and of those in a sequence.
    private static let (letters, length) = (16, 12)

    func validate() throws {
        try checkCounts(atLeast: 0, ("--epochs", epochs))
        try checkCounts(("--batch-size", batchSize), ("--samples", samples))
    }

    func run() throws { Job.run(learn) }

    private func learn() throws {
        let (x, y) = try sequences(samples, seed: options.seed)
        let (unseenX, unseenY) = try sequences(1000, seed: options.seed &+ 1)

        let width = 32
        let words = Input([Self.length])
        let embedded = PositionEmbedding()(Embedding(Self.letters, width)(words))
        let attention = MultiHeadAttention(numHeads: 2, keyDim: 16, returnAttentionScores: true)
        let attended = attention.outputs(of: [embedded, embedded])
        let hidden = LayerNormalization()(Add()(embedded, attended[0]))
        let fed = Dense(width)(Dense(2 * width, activation: .relu)(hidden))
        let features = LayerNormalization()(Add()(hidden, fed))
        let answer = Dense(1, activation: .sigmoid)(GlobalMaxPooling1D()(features))
        let model = try Model(inputs: words, outputs: answer, name: "sequences", seed: options.seed)
        try model.compile(optimizer: Adam(learningRate: 0.003), loss: .binaryCrossentropy, metrics: [.binaryAccuracy])
        if options.verbose > 0 { try model.summary() }
        let history = try model.fit(
            x, y, epochs: epochs, batchSize: batchSize, verbose: options.verbose, validationData: (unseenX, unseenY))
        let scores = try model.evaluate(unseenX, unseenY, verbose: 0)
        Job.print("Accuracy on \(unseenX.rowCount) other sequences: \(scores["binary_accuracy"]!)")

        // The same layers, which end at the scores of attention.
        let looks = try Model(inputs: words, outputs: attended[1])
        let again = (0..<unseenX.rowCount).filter { unseenY[$0] == 1 }.prefix(6)
        let shown = unseenX.gathered(Array(again))
        let attentions = try looks.predict(shown)
        let path = options.output + "/sequences.png"
        try Job.once {
            try figure(history, shown, attentions).save(path)
            Job.print("Drawn: \(path)")
        }
    }

    /// Sequences of letters, `[count, length]`, and whether the first letter comes again, `[count, 1]`: in half of them
    /// once.
    private func sequences(_ count: Int, seed: UInt64) throws -> (Tensor, Tensor) {
        let draws = Tensor.uniform([count, Self.length + 1], seed: seed)
        var (rows, answers): ([Float], [Float]) = ([], [])
        for index in 0..<count {
            let draw = draws.row(index).elements
            let first = Int(draw[0] * Float(Self.letters))
            // The others differ from the first; then one place gets it.
            var row = draw[0..<Self.length].map { (first + 1 + Int($0 * Float(Self.letters - 1))) % Self.letters }
            row[0] = first
            let isAgain = index % 2 == 1
            if isAgain { row[1 + Int(draw[Self.length] * Float(Self.length - 1))] = first }
            rows += row.map(Float.init)
            answers.append(isAgain ? 1 : 0)
        }
        return (try Tensor(rows, shape: [count, Self.length]), try Tensor(answers, shape: [count, 1]))
    }

    /// The history, and for some sequences how much the first letter attends to each, with the letters.
    private func figure(_ history: History, _ x: Tensor, _ attentions: Tensor) -> Figure {
        var figure = Figure(width: 1400, height: 760, columns: 3)
        for (key, label) in [("loss", "loss"), ("binary_accuracy", "accuracy")] {
            let series = [("", "training"), ("val_", "others")].compactMap { prefix, name -> Panel.Series? in
                history[prefix + key].map { .line($0.indices.map { Double($0 + 1) }, $0, name) }
            }
            figure.add(Panel(label, xLabel: "epoch", series: series))
        }
        let alphabet = Array("ABCDEFGHIJKLMNOP")
        let scores = attentions.elements
        let square = Self.length * Self.length
        for index in 0..<x.rowCount {
            let letters = x.row(index).elements.map { String(alphabet[Int($0)]) }
            let heads = (0..<2).map { head in
                let start = (2 * index + head) * square
                return scores[start..<start + Self.length].map(Double.init)
            }
            // Numbered, because bars with the same label would share a place.
            let labels = letters.enumerated().map { "\($1)\($0 + 1)" }
            figure.add(Panel("attention from the first", series: [.bars(labels, heads, ["head 1", "head 2"])]))
        }
        return figure
    }
}

Sequences.start()
