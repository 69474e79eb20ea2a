import ArgumentParser
import Lockstep

/// How inputs are read.
struct InputArguments: ParsableArguments {
    static let formats = ".npy, .npz:KEY, .csv or .csv.gz with :COLUMNS if not all are wanted, IDX with idx in its name"

    @Option(help: ArgumentHelp("The inputs, [samples, …]: \(formats).", valueName: "file")) var x: String
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
        let data = try DataFile.read(file)
        let x = scale == 1 ? data : data / scale
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
    func read(_ x: String, _ y: String, for model: Model, from modelFile: String) throws -> (x: Tensor, y: Tensor) {
        let inputs = try read(x, for: model, from: modelFile)
        let targets = try DataFile.read(y)
        guard inputs.rowCount == targets.rowCount else {
            throw CommandError.samples(x: x, count: inputs.rowCount, y: y, countOfY: targets.rowCount)
        }
        guard (try? model.outputShape) != nil else { return (inputs, targets) }
        do { try model.check(targets: targets) } catch { throw CommandError.targets(file: y, error) }
        return (inputs, targets)
    }
}
