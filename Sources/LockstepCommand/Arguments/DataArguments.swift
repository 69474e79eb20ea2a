import ArgumentParser
import Lockstep

/// How inputs are read.
struct InputArguments: ParsableArguments {
    static let formats = ".npy, .npz:KEY, .csv or .tsv, gzipped or not, with :COLUMNS if not all are wanted, IDX with idx in its name"
    static let columns = "COLUMNS are places from 0, from -1 at the end, or names: data.csv:0-3, data.csv:0--2, data.csv:width,height."

    static let targets = "as the loss takes them: files as of --x, or one column of class names, which become class numbers"

    @Option(help: ArgumentHelp("The inputs, [samples, …]: \(formats). \(columns)", valueName: "file")) var x: String
    @Option(parsing: .unconditional, help: ArgumentHelp("Divide the inputs by this, 255 for bytes.", valueName: "number"))
    var scale: Float = 1

    func validate() throws {
        guard scale.isFinite, scale != 0 else { throw ValidationError("--scale must be a number other than 0, received: \(scale)") }
    }

    /// The inputs in a file as a model takes them.
    ///
    /// Rows may have other dimensions of 1, or be flat where the model's are not and the other way round: their numbers are the same in the
    /// same order.
    func read(_ file: String, for model: Model, from modelFile: String) throws -> Tensor {
        let contents = try DataFile.contents(file)
        for note in contents.notes { Job.note(note) }
        return try inputs(contents, of: file, for: model, from: modelFile)
    }

    private func inputs(_ contents: DataFile.Contents, of file: String, for model: Model, from modelFile: String) throws -> Tensor {
        do { try model.checkFiniteWeights() } catch { throw CommandError.data(file: modelFile, error) }
        let x = scale == 1 ? contents.values : contents.values / scale
        do { try x.checkFinite("x") } catch { throw CommandError.data(file: file, error) }
        // A model whose input shape is not known takes that of the data.
        guard let expected = try? model.inputShape else { return x }
        let received: Shape = x.shape.rank <= 1 ? [1] : x.shape.row
        if received == expected { return x }
        let (from, to) = (received.dimensions.filter { $0 != 1 }, expected.dimensions.filter { $0 != 1 })
        guard received.count == expected.count, from == to || from.count == 1 || to.count == 1 else {
            throw CommandError.rows(file: file, received: received, model: modelFile, expected: expected)
        }
        return try x.reshaped(expected.rows(x.rowCount))
    }

    /// The inputs and the targets in two files.
    ///
    /// - Parameter classes: the numbers of classes whose names the targets hold.
    func read(_ x: String, _ y: String, for model: Model, from modelFile: String, classes: ClassEncoding) throws -> Samples {
        let (contentsOfX, contents) = (try DataFile.contents(x), try DataFile.contents(y, classes: classes))
        // Both may come from one table, of which the same is to be said.
        for note in contentsOfX.notes + contents.notes.filter({ !contentsOfX.notes.contains($0) }) { Job.note(note) }
        let inputs = try inputs(contentsOfX, of: x, for: model, from: modelFile)
        let targets = contents.values
        guard inputs.rowCount == targets.rowCount else {
            throw CommandError.samples(x: x, count: inputs.rowCount, y: y, countOfY: targets.rowCount)
        }
        if let names = contents.classes { try names.check(y, for: model) }
        do {
            if (try? model.outputShape) == nil { try targets.checkFinite("y") } else { try model.check(targets: targets) }
        } catch { throw CommandError.data(file: y, error) }
        return Samples(x: inputs, y: targets, classes: contents.classes)
    }
}

/// Inputs and targets.
struct Samples {
    let x, y: Tensor
    /// The classes whose names the targets held; nil if they held numbers.
    let classes: ClassNames?
}
