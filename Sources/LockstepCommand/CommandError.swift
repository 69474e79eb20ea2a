import Lockstep

/// What can be wrong with files that are read well, but do not go together.
enum CommandError: Error, CustomStringConvertible {
    case rows(file: String, received: Shape, model: String, expected: PartialShape)
    /// Files that are not one for each of the model's inputs or outputs.
    case files(option: String, names: [String], received: [String])
    /// A file that holds one array for a model that gives several.
    case severalOutputs(file: String, names: [String])
    case samples(x: String, count: Int, y: String, countOfY: Int)
    /// Data that is wrong by itself, or that a model does not take.
    case data(file: String, any Error)
    /// Names of classes for a loss that takes no class numbers.
    case classNames(file: String, loss: String)
    /// More classes than a model tells apart.
    case classCount(file: String, classes: ClassNames, known: Int)
    /// Names of some of the classes that a model tells apart, whose numbers are not known.
    case classesUnknown(file: String, classes: ClassNames, known: Int, source: String)
    case notCompiled(model: String)
    /// A part of how a model was compiled that is needed and not supported, and that an option replaces.
    case training(model: String, CompilationPart, LayerError)
    /// A file of weights where a model is wanted.
    case weightsAlone(file: String, hasOption: Bool)
    /// Too few steps to measure, and the samples that would do.
    case steps(received: Int, samples: Int)
    /// A training, of which some things were written.
    case failed(any Error, notes: [String])

    var description: String {
        switch self {
        case .rows(let file, let received, let model, let expected):
            "\(file): rows of the shape \(expected) expected, which \(model) takes, received: \(received)"
        case .files(let option, let names, let received):
            "\(option) must be given \(names.count) time(s), for \(names.joined(separator: ", ")), in this order or as NAME=FILE, "
                + "received: \(received.joined(separator: ", "))"
        case .severalOutputs(let file, let names):
            "\(file): the model gives \(names.joined(separator: ", ")), which takes a file that ends in .npz"
        case .samples(let x, let count, let y, let countOfY):
            "\(x) and \(y) must have the same number of samples, received: \(count) and \(countOfY)"
        case .data(let file, let error): "\(file): \(error)"
        case .classNames(let file, let loss):
            "\(file): names of classes become class numbers, which \(loss) does not take; give --loss sparse_categorical_crossentropy"
        case .classCount(let file, let classes, let known):
            "\(file): the model tells \(known) classes apart, received \(classes.names.count): \(classes.list)"
        case .classesUnknown(let file, let classes, let known, let source):
            "\(file): the model tells \(known) classes apart, received \(classes.names.count), whose numbers are not known: "
                + "\(classes.names.joined(separator: ", ")); give class numbers, or list the names of all classes in \(source)"
        case .notCompiled(let model): "\(model): the model was not compiled; give --loss"
        case .training(let model, let part, let error): "\(model): \(error); give --\(part) to go on without it"
        case .weightsAlone(let file, let hasOption):
            "\(file): it holds weights alone; give the model's file\(hasOption ? ", and this one as --weights" : "")"
        case .steps(let received, let samples):
            "too few steps to measure, received: \(received) in all samples; give --samples \(samples) or more, or a smaller --batch-size"
        case .failed(let error, let notes): (["\(error)"] + notes).joined(separator: "; ")
        }
    }
}
