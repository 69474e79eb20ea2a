import ArgumentParser
import Lockstep
import LockstepArguments

/// Trains a model.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a model that Keras, or this program, wrote.",
        discussion: """
              lockstep train model.keras --x x.npy --y y.npy --output trained.keras
              launch/run -n 4 lockstep train model.keras --x data.npz:x --y data.npz:y \\
                --epochs 5 --validation-split 0.1 --output trained.keras --plot plot.png
              lockstep train digits.json --loss sparse_categorical_crossentropy \\
                --optimizer adam --metrics accuracy --output digits.keras --scale 255 \\
                --x train-images-idx3-ubyte.gz --y train-labels-idx1-ubyte.gz

            By default loss, optimizer and metrics are those of the model file, and the optimizer continues from its saved state; options \
            here goes before. The result is that of one process on any number of ranks; every rank reads the same files, and the ranks of a \
            machine share the memory of .npy files of float32. An input of text takes strings: reviews.csv:COLUMN, texts.txt, words.npy. Inputs may have other dimensions of 1 than the model takes, or be flat where \
            the model's are not. Everything is checked before training begins; files are written when it has ended. \
            If it fails after some epochs, their history is written all the same, and beside trained.keras the model as it was after the last \
            epoch with a finite loss and finite weights: trained.last-good.keras. Class names in --y get numbers in sorted order, which are kept \
            beside --output, digits.classes.json for digits.keras, for the next time.
            """)

    @OptionGroup var model: ModelArguments
    @OptionGroup var inputs: InputArguments
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "The targets, [samples, …]; \(InputArguments.several): \(InputArguments.targets).", valueName: "file"))
    var y: [String]
    @Option(parsing: .unconditional, help: "The epochs to train; with --resume earlier epochs count too.")
    var epochs = 1
    @Option(parsing: .unconditional, help: "Samples in a step, of all ranks together.") var batchSize = 32
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The last part of the samples, used for validation and not for training.", valueName: "fraction"))
    var validationSplit = 0.0
    @Option(parsing: .singleValue, help: ArgumentHelp("Validation inputs, as --x.", valueName: "file"))
    var validationX: [String] = []
    @Option(parsing: .singleValue, help: ArgumentHelp("Validation targets, as --y.", valueName: "file"))
    var validationY: [String] =
        []
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "The weights of the samples in the training loss, [samples]; of several outputs one file for all, or one for each as for --y.",
            valueName: "file"))
    var sampleWeight: [String] = []
    @Flag(inversion: .prefixedNo, help: "Draw a new order of the samples for each epoch.") var shuffle = true
    @Option(
        parsing: .unconditional,
        help: "The seed of shuffles, dropout, and the initial weights of an architecture; by default random.",
        transform: parseSeed)
    var seed: UInt64?
    @OptionGroup var losses: LossArguments
    @OptionGroup var freezing: FreezeArguments
    @Option(
        help: ArgumentHelp(
            "The optimizer, without saved state: \(Optimizers.names.joined(separator: ", ")). By default the model file's, which continues, or rmsprop."
        ), transform: { try Optimizers.named($0) })
    var optimizer: (any Optimizer)?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The learning rate: a number, or a schedule such as cosine:0.01,decay_steps=1000,alpha=0.1, with Keras's arguments. Schedules: "
                + LearningRateSchedules.all.map { $0.shortName }.joined(separator: ", ")
                + ". By default the model file's, or Keras's.", valueName: "rate"),
        transform: { try LearningRate(text: $0) })
    var learningRate: LearningRate?
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Weights that do not decay, by a regular expression for their names: bias, or gamma|beta; several times for several.",
            valueName: "pattern"),
        transform: regularExpression)
    var excludeFromWeightDecay: [String] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The weights of classes in the training loss, 0:1,1:2.5; other classes have weight 1.", valueName: "weights"
        ),
        transform: classWeights)
    var classWeight: [Int: Double]?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Give the same bits on any number of ranks and threads: sum over this many parts of a batch.",
            valueName: "micro-shards"))
    var reproducible: Int?
    @OptionGroup var memory: MemoryArguments
    @OptionGroup var checkpoint: CheckpointArguments
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file for the trained model: .keras, .h5, .weights.h5 or .safetensors.", valueName: "file")
    )
    var output: String?
    @Option(
        help: ArgumentHelp("The file for the history: .json, as Keras's history.history, or .csv.", valueName: "file"))
    var history: String?
    @Option(help: ArgumentHelp("The file for the picture of the history: .png.", valueName: "file")) var plot: String?
    @Option(parsing: .unconditional, help: "0 silent, 1 a progress bar, 2 one line for each epoch.") var verbose = 1

    func validate() throws {
        try checkCounts(("--batch-size", batchSize), ("--reproducible", reproducible))
        try checkCounts(atLeast: 0, ("--epochs", epochs))
        guard validationSplit >= 0, validationSplit < 1 else {
            throw ValidationError("--validation-split must be from 0 to below 1, received: \(validationSplit)")
        }
        guard validationX.isEmpty == validationY.isEmpty else {
            throw ValidationError("--validation-x and --validation-y go together")
        }
        guard validationX.isEmpty || validationSplit == 0 else {
            throw ValidationError("--validation-split and --validation-x exclude each other")
        }
        try check(verbose: verbose)
        if let output { _ = try usage { try ModelFormat(output, among: ModelFormat.trained) } }
        if let history { _ = try usage { try History.Format(history) } }
        if let plot, !plot.hasSuffix(".png") { throw ValidationError("--plot must end in .png, received: \(plot)") }
    }

    func run() { Job.run(train) }

    private func train() throws {
        try checkWritable(history, plot)
        let model = try losses.open(model, trains: true, optimizer: optimizer, seed: seed, freezing: freezing)
        if verbose > 0 { try freezing.report(model) }
        if let output { try model.checkSaving(output) }
        let (training, validation, weights) = try onEveryRank {
            if let learningRate { try model.replaceLearningRate(learningRate) }
            if !excludeFromWeightDecay.isEmpty { try exclude(of: model) }
            let (training, validation) = try data(for: model)
            return (training, validation, try inputs.weights(sampleWeight, of: training, for: model))
        }
        let classes = training.classes ?? validation?.classes
        if classes != nil { try checkWritable(output.map(ClassNames.file(beside:))) }
        if output == nil, verbose > 0 {
            Job.print("The trained model will not be saved, because there is no --output.")
        }
        let history: History
        do {
            history = try model.fit(
                training.x, training.y, sampleWeight: weights, epochs: epochs, batchSize: batchSize, verbose: verbose,
                validationSplit: validationSplit, validationData: validation.map { ($0.x, $0.y) }, shuffle: shuffle,
                classWeight: classWeight,
                reproducibility: reproducible.map { .acrossRanks(microShards: $0) } ?? .onSameRanks,
                checkpoint: checkpoint.value,
                keepLastGood: output != nil, memoryLimit: memory.memoryLimit)
        } catch {
            throw Rescue(
                output: output, history: self.history, plot: plot, classes: classes, checkpoint: checkpoint.value)(
                    model, after: error)
        }
        // The model is written first, because it took the time.
        if let output { try write(model, to: output) }
        try Job.once { if let output { try classes?.write(to: ClassNames.file(beside: output)) } }
        try Job.once { if let file = self.history { try history.save(to: file) } }
        try Job.once { if let plot { try history.figure().save(plot) } }
    }

    /// Excludes weights from the decay.
    ///
    /// - Throws: `CommandError.noWeightDecay`, `CommandError.weights` for a pattern that matches no weight.
    private func exclude(of model: Model) throws {
        let option = "--exclude-from-weight-decay"
        if let optimizer = model.optimizer, optimizer.options.weightDecay ?? 0 == 0 {
            throw CommandError.noWeightDecay(option: option, optimizer: optimizer.name)
        }
        for pattern in excludeFromWeightDecay {
            guard let known = try model.trainedNames, let expression = try? Regex(pattern) else { continue }
            guard known.contains(where: { $0.contains(expression) }) else {
                throw CommandError.weights(option: option, pattern: pattern, known: known)
            }
        }
        try model.excludeFromWeightDecay(excludeFromWeightDecay)
    }

    private static func regularExpression(_ text: String) throws -> String {
        guard (try? Regex(text)) != nil else {
            throw ValidationError("a regular expression expected, received: \(text)")
        }
        return text
    }

    /// The samples to train and to validate with. Class names have the same numbers in both.
    private func data(for model: Model) throws -> (training: Samples, validation: Samples?) {
        let known = try self.model.classes(resumed: checkpoint.resume ? output : nil)
        let training = try inputs.read(inputs.x, y, for: model, from: self.model.file, classes: known)
        training.classes?.tell(y[0], known, keptBeside: output)
        let classes = training.classes.map { ClassEncoding.known($0, file: y[0]) } ?? known
        guard !validationX.isEmpty else { return (training, nil) }
        let validation = try inputs.read(validationX, validationY, for: model, from: self.model.file, classes: classes)
        if let names = validation.classes {
            try names.checkAll(validationY[0], for: model, classes, beside: self.model)
            names.tell(validationY[0], classes, keptBeside: output)
        }
        return (training, validation)
    }

    /// From text: `"0:1,1:2.5"`.
    private static func classWeights(_ text: String) throws -> [Int: Double] {
        var weights: [Int: Double] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let fields = part.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 2, let number = Int(fields[0]), let weight = Double(fields[1]), weights[number] == nil
            else {
                throw ValidationError(
                    "classes and weights such as 0:1,1:2.5 expected, each class once, received: \(part)")
            }
            weights[number] = weight
        }
        return weights
    }
}
