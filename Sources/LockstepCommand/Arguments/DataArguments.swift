import ArgumentParser
import Lockstep

/// The options of the inputs.
struct InputArguments: ParsableArguments {
    static let formats =
        ".npy, .npz:KEY, .csv or .tsv, gzipped or not, with :COLUMNS to choose some, IDX with idx in its name; "
        + "for an input of text .npy and .npz of strings, tables, or .txt with one text on each line"
    static let columns =
        "COLUMNS are numbers from 0, or from -1 at the end, or names: data.csv:0-3, data.csv:0--2, data.csv:width,height."

    static let targets =
        "as the loss takes them: files as for --x, or one column of class names, which become class numbers"

    static let several = "one for each of several, in the model's order or as NAME=FILE"

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("The inputs, [samples, …]; \(several): \(formats). \(columns)", valueName: "file"))
    var x: [String]
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Divide the inputs that are numbers by this, 255 for bytes.", valueName: "number"))
    var scale: Float = 1

    func validate() throws {
        guard scale.isFinite, scale != 0 else {
            throw ValidationError("--scale must be a number other than 0, received: \(scale)")
        }
    }

    /// Reads the inputs from files, in the shapes that the model takes.
    ///
    /// Rows may have more or fewer dimensions of 1, or be flat where the model's are not, or the other way round. The
    /// numbers and their order stay.
    func read(_ files: [String], for model: Model, from modelFile: String) throws -> [Tensor] {
        let files = try DataFiles(files, names: model.inputNames, option: "--x").files
        let contents = try zip(files, model.inputTypes).map { try DataFile.contents($0, as: $1) }
        for note in contents.flatMap(\.notes) { Job.note(note) }
        return try inputs(contents, of: files, for: model, from: modelFile)
    }

    private func inputs(
        _ contents: [DataFile.Contents], of files: [String], for model: Model, from modelFile: String
    ) throws -> [Tensor] {
        let inputs = try contents.indices.map {
            try input($0, contents[$0], of: files[$0], for: model, from: modelFile)
        }
        for (file, input) in zip(files, inputs) where input.rowCount != inputs[0].rowCount {
            throw CommandError.samples(x: files[0], count: inputs[0].rowCount, y: file, countOfY: input.rowCount)
        }
        return inputs
    }

    private func input(
        _ index: Int, _ contents: DataFile.Contents, of file: String, for model: Model, from modelFile: String
    ) throws -> Tensor {
        do { try model.checkFiniteWeights() } catch { throw CommandError.data(file: modelFile, error) }
        let x = scale == 1 || contents.values.type == .string ? contents.values : contents.values / scale
        do { try x.checkFinite("x") } catch { throw CommandError.data(file: file, error) }
        // If the model's input shape is not known, it takes the shape of the data.
        guard let expected = try? model.inputShapes[index] else { return x }
        let received: Shape = x.shape.rank <= 1 ? [1] : x.shape.row
        if expected.accepts(received) { return x }
        guard let shape = expected.shape, shape.count == received.count, Self.differsByOnes(received, shape) else {
            throw CommandError.rows(file: file, received: received, model: modelFile, expected: expected)
        }
        return try x.reshaped(shape.rows(x.rowCount))
    }

    /// Whether shapes differ by dimensions of 1 only, or one of them is flat.
    private static func differsByOnes(_ a: Shape, _ b: Shape) -> Bool {
        let (a, b) = (a.dimensions.filter { $0 != 1 }, b.dimensions.filter { $0 != 1 })
        return a == b || a.count == 1 || b.count == 1
    }

    /// Reads the inputs and the targets from files.
    ///
    /// - Parameter classes: the numbers of the class names in the targets.
    func read(_ x: [String], _ y: [String], for model: Model, from modelFile: String, classes: ClassEncoding) throws
        -> Samples
    {
        let x = try DataFiles(x, names: model.inputNames, option: "--x").files
        let y = try DataFiles(y, names: model.targetNames, option: "--y").files
        let contentsOfX = try zip(x, model.inputTypes).map { try DataFile.contents($0, as: $1) }
        let contents = try y.map { try DataFile.contents($0, classes: y.count == 1 ? classes : .refused) }
        // Both may come from one table, whose notes are printed once.
        var said: [String] = []
        for note in (contentsOfX + contents).flatMap(\.notes) where !said.contains(note) {
            said.append(note)
            Job.note(note)
        }
        let inputs = try inputs(contentsOfX, of: x, for: model, from: modelFile)
        for (index, (file, contents)) in zip(y, contents).enumerated() {
            let targets = contents.values
            guard inputs[0].rowCount == targets.rowCount else {
                throw CommandError.samples(x: x[0], count: inputs[0].rowCount, y: file, countOfY: targets.rowCount)
            }
            if let names = contents.classes { try names.check(file, for: model) }
            do {
                if (try? model.outputShapes) == nil {
                    try targets.checkFinite("y")
                } else {
                    try model.check(targets: targets, of: index, inputs: inputs)
                }
            } catch { throw CommandError.data(file: file, error) }
        }
        return Samples(x: inputs, y: contents.map(\.values), classes: contents.first?.classes)
    }
}

extension InputArguments {
    /// Reads the weights of the samples in the loss: one file for all outputs, or one for each.
    func weights(_ files: [String], of samples: Samples, for model: Model) throws -> (any TensorGroup)? {
        guard let first = files.first else { return nil }
        let names = try model.targetNames
        let isCommon = files.count == 1 && !names.contains { first.hasPrefix($0 + "=") }
        let files = isCommon ? files : try DataFiles(files, names: names, option: "--sample-weight").files
        let weights = try files.map { file in
            let weights = try DataFile.contents(file).values
            guard weights.rowCount == samples.x[0].rowCount else {
                throw CommandError.samples(x: x[0], count: samples.x[0].rowCount, y: file, countOfY: weights.rowCount)
            }
            do { try weights.checkFinite("sampleWeight") } catch { throw CommandError.data(file: file, error) }
            return weights
        }
        return weights.count == 1 ? weights[0] : weights
    }
}

/// Inputs and targets, in the model's order.
struct Samples {
    let x, y: [Tensor]
    /// The classes, if the targets are class names; nil if they are numbers.
    let classes: ClassNames?
}

/// A file for each of a model's inputs or outputs.
struct DataFiles {
    /// The files in the model's order.
    let files: [String]

    /// - Parameters:
    ///   - given: files in the model's order, or each as `NAME=FILE`.
    ///   - names: the names of the model's inputs or outputs.
    /// - Throws: `CommandError.files` for too few or too many files, or for a name that is given twice.
    init(_ given: [String], names: [String], option: String) throws {
        var named: [String: String] = [:]
        var unnamed: [String] = []
        for text in given {
            // A path may also contain the sign `=`.
            if let name = names.first(where: { text.hasPrefix($0 + "=") }) {
                guard named.updateValue(String(text.dropFirst(name.count + 1)), forKey: name) == nil else {
                    throw CommandError.files(option: option, names: names, received: given)
                }
            } else {
                unnamed.append(text)
            }
        }
        files = unnamed.isEmpty ? names.compactMap { named[$0] } : unnamed
        guard files.count == names.count, unnamed.isEmpty || named.isEmpty else {
            throw CommandError.files(option: option, names: names, received: given)
        }
    }
}
