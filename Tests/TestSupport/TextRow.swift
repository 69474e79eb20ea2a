import Lockstep
import LockstepCluster
import LockstepFormats
import LockstepLayers

/// A layer on text with its arguments, as real Keras serialized it, and what Keras finds and computes with it: one row
/// of `Tests/Fixtures/strings.py`.
package struct TextRow: Sendable, CustomStringConvertible {
    package let name: String
    package let className: String
    /// The layer's arguments by Keras's names.
    package let configuration: [String: ConfigurationValue]
    /// The texts that the layer adapts to, with the vocabulary and the weights that it finds; nil if they are given.
    package let data: Tensor?
    package let vocabulary: [String]?
    package let weights: [Double]?
    package let x: Tensor
    package let y: Tensor

    package var description: String { name }

    private static let file = fixture("strings.json")
    private static let content = try! Json.parse(FileBytes.read(file), file: file)
    package static let all = try! (content["layers"]?.list ?? []).map(TextRow.init)

    private init(_ row: ConfigurationValue) throws {
        name = row["name"]?.string ?? ""
        className = row["layer"]?["class_name"]?.string ?? ""
        configuration = row["layer"]?["config"]?.object ?? [:]
        data = try row["data"].map(Self.strings)
        vocabulary = row["vocabulary"]?.list?.compactMap(\.string)
        weights = row["weights"]?["values"]?.list?.compactMap(\.number)
        x = try Self.strings(row["x"] ?? .null)
        y = try Self.numbers(row["y"] ?? .null)
    }

    private static func strings(_ value: ConfigurationValue) throws -> Tensor {
        let rows = (value.list ?? []).map { $0.list?.compactMap(\.string) ?? [] }
        return try Tensor(strings: rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 0])
    }

    private static func numbers(_ value: ConfigurationValue) throws -> Tensor {
        let shape = (value["shape"]?.list ?? []).compactMap { $0.number.map { Int($0) } }
        return try Tensor((value["values"]?.list ?? []).map { Float($0.number ?? .nan) }, shape: Shape(shape))
    }

    /// A new layer, as it is read from a file.
    package func layer() throws -> any Layer { try LayerRegistry().layer(className, configuration) }

    /// A new layer that has adapted to the texts.
    package func adapted(on communicator: any Communicator) throws -> any Layer {
        let layer = try layer()
        guard data != nil else { return layer }
        let data = communicator.rank == 0 ? data : nil
        if let lookup = layer as? StringLookup { try lookup.adapt(data, communicator: communicator) }
        if let texts = layer as? TextVectorization { try texts.adapt(data, communicator: communicator) }
        return layer
    }

    /// The layer alone as a model.
    package static func model(of layer: any Layer, row: Shape, communicator: any Communicator) throws -> Model {
        let input = Input(row, type: .string, name: "text")
        return try Model(inputs: input, outputs: layer(input), communicator: communicator)
    }

    /// The inputs and the targets of the model `strings.keras`, and what Keras computes and learns with it.
    package static func training() throws -> (
        x: [String: Tensor], y: Tensor, outputs: Tensor, history: [String: Tensor]
    ) {
        let model = content["model"] ?? .null
        func numbers(_ name: String) throws -> Tensor { try Self.numbers(model[name] ?? .null) }
        let x = [
            "text": try strings(model["text"] ?? .null), "city": try strings(model["city"] ?? .null),
            "price": try numbers("price"),
        ]
        let history = try (model["history"]?.object ?? [:]).mapValues(Self.numbers)
        return (x, try numbers("y"), try numbers("outputs"), history)
    }

    /// A layer that crosses words, whole numbers and other words, its inputs, and what Keras computes with them.
    package static func crossing() throws -> (layer: any Layer, x: [String: Tensor], y: Tensor) {
        let row = content["crossing"] ?? .null
        let layer = try LayerRegistry().layer(
            row["layer"]?["class_name"]?.string ?? "", row["layer"]?["config"]?.object ?? [:])
        let x = [
            "words": try strings(row["words"] ?? .null), "others": try strings(row["others"] ?? .null),
            "numbers": try numbers(row["numbers"] ?? .null),
        ]
        return (layer, x, try numbers(row["y"] ?? .null))
    }
}
