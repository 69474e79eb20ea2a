/// The file formats of models and weights, by the endings of the file names.
package enum ModelFormat: CaseIterable {
    case keras
    case legacy
    case json
    case weights
    case safetensors

    package var endings: [String] {
        switch self {
        case .keras: [".keras"]
        case .legacy: [".h5", ".hdf5"]
        case .json: [".json"]
        case .weights: [".weights.h5"]
        case .safetensors: [".safetensors"]
        }
    }

    /// Whether it holds the whole model or its architecture, not only weights.
    package var isModel: Bool { Self.wholeModels.contains(self) }

    /// The formats that hold a whole model, for a program that saves one.
    package static let wholeModels: [ModelFormat] = [.keras, .legacy, .json]
    /// The formats that hold the results of training.
    package static let trained: [ModelFormat] = [.keras, .legacy, .weights, .safetensors]
    /// The formats of weights alone.
    package static let weightsAlone: [ModelFormat] = [.weights, .safetensors]

    /// - Parameter formats: the permitted formats.
    /// - Throws: `FormatError.unknownName` for a file with another ending; the error lists the permitted endings.
    package init(_ file: String, among formats: [ModelFormat] = allCases) throws(FormatError) {
        let name = file.lowercased()
        // The longest first, because .weights.h5 also ends in .h5.
        let endings = Self.allCases.flatMap { format in format.endings.map { (format, $0) } }.sorted {
            $0.1.count > $1.1.count
        }
        guard let (format, _) = endings.first(where: { name.hasSuffix($0.1) }), formats.contains(format) else {
            throw .unknownName(file: file, expected: Self.list(formats))
        }
        self = format
    }

    /// The endings of formats: `.keras, .h5 or .hdf5`.
    package static func list(_ formats: [ModelFormat]) -> String {
        let endings = formats.flatMap(\.endings)
        return endings.count < 2
            ? endings.joined() : endings.dropLast().joined(separator: ", ") + " or " + endings[endings.count - 1]
    }
}
