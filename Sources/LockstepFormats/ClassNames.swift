import LockstepLayers

/// The names of classes, in the order of the class numbers, from the column of a table.
///
/// They are kept as a list in JSON beside the model, `digits.classes.json` for `digits.keras`, so that the same names
/// get the same numbers again.
public struct ClassNames: Equatable, Sendable {
    public let names: [String]

    public init(_ names: [String]) { self.names = names }

    /// - Throws: `FormatError` if the file cannot be opened or is not a list of different names.
    public init(file: String) throws(FormatError) {
        guard case .list(let values) = try Json.parse(FileBytes.read(file), file: file) else {
            throw .notOfFormat(
                file: file, format: "class names", reason: "a list of names is expected, [\"cat\", \"dog\"]")
        }
        let names = values.compactMap { if case .string(let name) = $0 { name } else { nil } }
        guard names.count == values.count, Set(names).count == names.count else {
            throw .notOfFormat(file: file, format: "class names", reason: "names are expected, each once")
        }
        self.init(names)
    }

    /// Writes to a temporary name, syncs and renames.
    ///
    /// - Throws: `FormatError.cannotWrite`.
    public func write(to file: String) throws(FormatError) {
        try writeText(try Json.text(.list(names.map { .string($0) }), file: file) + "\n", to: file)
    }

    /// The file that keeps the class names of a model's file.
    public static func file(beside model: String) -> String {
        let endings = [".weights.h5", ".safetensors", ".keras", ".h5", ".hdf5"]
        let ending = endings.first { model.lowercased().hasSuffix($0) } ?? ""
        return model.dropLast(ending.count) + ".classes.json"
    }
}

/// Whether a column of names may stand for classes, and which numbers they get.
public enum ClassEncoding: Sendable {
    /// Names are an error.
    case refused
    /// In the order of their code points, from 0.
    case sorted
    /// The numbers of a list from a file; other names are an error.
    case known(ClassNames, file: String)

    var isAllowed: Bool {
        if case .refused = self { false } else { true }
    }
}

/// Numbers the names of classes in the order in which they appear.
struct ClassNumbering {
    private let encoding: ClassEncoding
    private var numbers: [String: Int] = [:]
    private var names: [String] = []
    private var rows: [Int] = []

    init(_ encoding: ClassEncoding) {
        self.encoding = encoding
        guard case .known(let classes, _) = encoding else { return }
        names = classes.names
        for (number, name) in names.enumerated() { numbers[name] = number }
    }

    /// - Throws: `FormatError.unknownClass`.
    mutating func append(_ name: String, file: String, line: Int) throws(FormatError) {
        if let number = numbers[name] { return rows.append(number) }
        if case .known(let classes, let source) = encoding {
            throw .unknownClass(file: file, line: line, known: classes.names, source: source, received: name)
        }
        numbers[name] = names.count
        rows.append(names.count)
        names.append(name)
    }

    /// The class number of each row, and the names of the classes.
    func encoded() -> (values: [Float], classes: ClassNames) {
        if case .known(let classes, _) = encoding { return (rows.map(Float.init), classes) }
        let order = names.indices.sorted {
            names[$0].unicodeScalars.lexicographicallyPrecedes(names[$1].unicodeScalars)
        }
        var places = [Float](repeating: 0, count: names.count)
        for (place, number) in order.enumerated() { places[number] = Float(place) }
        return (rows.map { places[$0] }, ClassNames(order.map { names[$0] }))
    }
}
