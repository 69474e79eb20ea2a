import Lockstep

/// An error about files that are valid, but do not fit together.
enum CommandError: Error, CustomStringConvertible {
    case rows(file: String, received: Shape, model: String, expected: PartialShape)
    /// Not one file for each of the model's inputs or outputs.
    case files(option: String, names: [String], received: [String])
    /// A file for one array, for a model with several outputs.
    case severalOutputs(file: String, names: [String])
    /// A pattern that matches no layer.
    case layers(option: String, pattern: String, known: [String])
    case weights(option: String, pattern: String, known: [String])
    case noWeightDecay(option: String, optimizer: String)
    case samples(x: String, count: Int, y: String, countOfY: Int)
    /// Data that is invalid, or that a model does not accept.
    case data(file: String, any Error)
    /// Class names with a loss that takes no class numbers.
    case classNames(file: String, loss: String)
    /// More classes than the model has.
    case classCount(file: String, classes: ClassNames, known: Int)
    /// Names of only some of the model's classes, so their numbers are not known.
    case classesUnknown(file: String, classes: ClassNames, known: Int, source: String)
    case notCompiled(model: String)
    /// An unsupported part of the model's compilation that the command needs. An option replaces it.
    case training(model: String, CompilationPart, LayerError)
    /// A file of weights in place of a model.
    case weightsAlone(file: String, hasOption: Bool)
    /// A layer that computes in Python, and the error within models that hold it.
    case ofPython(model: String, LayerError)
    /// Too few steps to measure, with the number of samples that is enough.
    case steps(received: Int, samples: Int)
    /// A training that failed after some files were written.
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
        case .layers(let option, let pattern, let known):
            "\(option) must match a layer among \(known.joined(separator: ", ")), received: \(pattern)"
        case .weights(let option, let pattern, let known):
            "\(option) must match a weight that trains among \(known.joined(separator: ", ")), received: \(pattern)"
        case .noWeightDecay(let option, let optimizer):
            "\(option) needs an optimizer with a weight decay, such as adamw, received: \(optimizer)"
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
        case .ofPython(let model, let error): "\(model): \(Self.needsSwift(error))"
        case .steps(let received, let samples):
            "too few steps to measure, received: \(received) in all samples; give --samples \(samples) or more, or a smaller --batch-size"
        case .failed(let error, let notes): (["\(error)"] + notes).joined(separator: "; ")
        }
    }

    /// What is wrong with a layer that computes in Python. The command has no classes of a program's own.
    private static func needsSwift(_ error: LayerError) -> String {
        switch error {
        case .ofPython(let layer, let className, let arguments):
            "\(LayerError.python(layer, className, arguments)); the command cannot compute it: write a program in Swift "
                + "with a class in its place, and load the model there with custom: [TheClass.self]"
        case .within(let model, let error): "model '\(model)': \(needsSwift(error))"
        default: "\(error)"
        }
    }
}
