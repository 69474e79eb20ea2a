import LockstepLayers

/// What can be wrong with a file. Each case names the file.
public enum FormatError: Error, Equatable, CustomStringConvertible {
    case cannotOpen(file: String, reason: String)
    case cannotWrite(file: String, reason: String)
    case notOfFormat(file: String, format: String, reason: String)
    case unsupported(file: String, feature: String)
    /// Strings in place of numbers, or the other way round.
    case elements(file: String, expected: String, received: String)
    /// The content needs more memory than this machine has, for example in a compressed file.
    case memory(file: String, bytes: Int, available: Int)
    case truncated(file: String, expected: Int, received: Int)
    /// A file that ends before the end that it states.
    case cutShort(file: String, format: String)
    case noArray(file: String, name: String, present: [String])
    /// An archive with several arrays, where one array is wanted.
    case severalArrays(file: String, present: [String])
    /// A number that int32 cannot hold, where whole numbers are wanted.
    case integer(file: String, place: String, received: String)
    /// A file name that does not say the format of the file.
    case unknownName(file: String, expected: String)
    /// A field of a table with a wrong content.
    case field(
        file: String, line: Int, column: Int, name: String?, requirement: String, received: String, advice: String?)
    /// Text of another encoding than UTF-8.
    case encoding(file: String, line: Int, name: String)
    /// The name of a class that is not among the known ones.
    case unknownClass(file: String, line: Int, known: [String], source: String, received: String)
    case columnCount(file: String, line: Int, expected: Int, received: Int)
    /// Columns were requested that the table does not have.
    case columns(file: String, last: Int, names: [String], received: String)
    /// A model in a file that is wrong, or not supported.
    case model(file: String, LayerError)
    /// A part of the compile configuration in a file that is wrong, or not supported.
    case training(file: String, CompilationPart, LayerError)
    /// A model in the format of another program.
    case foreign(file: String, what: String, advice: String)
    /// A subclassed model: its own program calls the layers, and the file does not list them.
    case subclassed(file: String, reason: String, advice: String)
    /// A file of weights where a model is wanted.
    case weightsAlone(file: String)
    /// A file of an architecture where weights are wanted.
    case architectureAlone(file: String)

    public var description: String {
        switch self {
        case .cannotOpen(let file, let reason): "\(file): cannot be opened: \(reason)"
        case .cannotWrite(let file, let reason): "\(file): cannot be written: \(reason)"
        case .notOfFormat(let file, let format, let reason): "\(file): not a \(format) file: \(reason)"
        case .unsupported(let file, let feature): "\(file): \(feature) is not supported"
        case .elements(let file, let expected, let received):
            "\(file): it must hold \(expected), received: \(received)"
        case .memory(let file, let bytes, let available):
            "\(file): what is in it needs at least \(bytes) bytes of memory; this machine has \(available)"
        case .cutShort(let file, let format):
            "\(file): cut short: it begins as \(format), and its end is missing; copy it again"
        case .truncated(let file, let expected, let received):
            "\(file): truncated: \(expected) bytes of elements expected, received: \(received)"
        case .noArray(let file, let name, let present):
            "\(file): no array '\(name)'; it holds \(present.map { "'\($0)'" }.joined(separator: ", "))"
        case .severalArrays(let file, let present):
            "\(file): one array is wanted, \(file):KEY; it holds \(present.map { "'\($0)'" }.joined(separator: ", "))"
        case .columns(let file, let last, let names, let received):
            "\(file): columns from 0 to \(last) such as \(file):0, \(file):0-\(last) or \(file):-1 expected, "
                + (names.isEmpty ? "the file names none" : "or by name: \(Self.list(names))")
                + "; received: '\(received)'"
        case .integer(let file, let place, let received):
            "\(file): whole numbers from −2³¹ to 2³¹ − 1 are wanted, received: \(received) in \(place)"
        case .unknownName(let file, let expected): "\(file): its name must tell its format: \(expected)"
        case .model(let file, let error): "\(file): \(error)"
        case .training(let file, _, let error): "\(file): \(error); load it with compile: false and compile it anew"
        case .foreign(let file, let what, let advice): "\(file): \(what); \(advice)"
        case .subclassed(let file, let reason, let advice):
            "\(file): \(reason), a subclassed model, whose layers no file lists; \(advice)"
        case .weightsAlone(let file):
            "\(file): it holds weights alone; make the model, or load it from its JSON, and load its weights then"
        case .architectureAlone(let file): "\(file): it holds an architecture alone, without weights"
        case .field(let file, let line, let column, let name, let requirement, let received, let advice):
            "\(file):\(line): column \(column)\(name.map { " ('\($0)')" } ?? "") must be \(requirement), received: '\(received)'"
                + (advice.map { "; \($0)" } ?? "")
        case .encoding(let file, let line, let name):
            "\(file):\(line): the text is not UTF-8, but perhaps \(name); save it as UTF-8, or convert it with iconv"
        case .unknownClass(let file, let line, let known, let source, let received):
            "\(file):\(line): there is no class '\(received)' in \(source), which has \(Self.list(known))"
        case .columnCount(let file, let line, let expected, let received):
            "\(file):\(line): \(expected) columns expected as in the first line, received: \(received)"
        }
    }
    /// The first of many names.
    private static func list(_ names: [String]) -> String {
        names.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
            + (names.count > 20 ? " and \(names.count - 20) more" : "")
    }
}

/// The parts of a model's compile configuration.
public enum CompilationPart: String, CaseIterable, Sendable {
    case optimizer, loss, metrics
}
