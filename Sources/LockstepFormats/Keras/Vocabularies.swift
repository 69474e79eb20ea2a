import LockstepCompute
import LockstepLayers

/// The vocabularies that layers had found in data, which a `.keras` file has beside the configuration:
/// `assets/layers/integer_lookup_1/vocabulary.txt`, with the path of the layer's variables, and the weights of their
/// tokens among those variables.
struct Vocabularies {
    private let archive: ZipReader
    private let weights: HDF5Group
    private let file: String

    init(archive: ZipReader, weights: HDF5Group, file: String) {
        (self.archive, self.weights, self.file) = (archive, weights, file)
    }

    /// The layers that have a vocabulary.
    private static let classes: Set = [IntegerLookup.className, StringLookup.className, TextVectorization.className]

    /// A model's configuration with the vocabularies as arguments of its layers.
    ///
    /// - Throws: `FormatError.notOfFormat` for what is no vocabulary.
    func given(to model: ConfigurationValue) throws(FormatError) -> ConfigurationValue {
        guard archive.names.contains(where: { $0.hasPrefix("assets/") }) else { return model }
        return try given(to: model, at: "")
    }

    /// - Parameter path: that of the variables of what the configuration is of, with a slash behind it.
    private func given(to node: ConfigurationValue, at path: String) throws(FormatError) -> ConfigurationValue {
        guard var object = node.object, var arguments = node["config"]?.object else { return node }
        if let layers = arguments["layers"]?.list {
            var counts: [String: Int] = [:]
            var read: [ConfigurationValue] = []
            for layer in layers {
                let place = snakeCase(layer["class_name"]?.string ?? "")
                let number = counts[place, default: 0]
                counts[place] = number + 1
                read.append(
                    try given(to: layer, at: "\(path)layers/\(place)\(number == 0 ? "" : "_\(number)")/"))
            }
            arguments["layers"] = .list(read)
        } else if let className = node["class_name"]?.string, Self.classes.contains(className),
            arguments["vocabulary"] ?? .null == .null
        {
            let name = "assets/\(path)vocabulary.txt"
            guard archive.names.contains(name) else { return node }
            guard let lines = VocabularyFile.lines(try archive.contents(of: name)) else {
                throw .notOfFormat(file: file, format: ".keras", reason: "its member '\(name)' is not UTF-8")
            }
            let tokens: [ConfigurationValue]
            if className == "IntegerLookup" {
                tokens = lines.compactMap { Int($0).map(ConfigurationValue.integer) }
                guard tokens.count == lines.count else {
                    throw .notOfFormat(
                        file: file, format: ".keras", reason: "its member '\(name)' has no whole numbers")
                }
            } else {
                tokens = lines.map(ConfigurationValue.string)
            }
            arguments["vocabulary"] = .list(tokens)
            // Where outputs are wider than the vocabulary, the file has weights for all places.
            let known = try weights.dataset(at: "\(path)vars/idf_weights")?.tensor.elements.prefix(tokens.count)
            arguments["idf_weights"] = known.map { $0.map { Double($0) }.configurationValue } ?? .null
        }
        object["config"] = .object(arguments)
        return .object(object)
    }
}
