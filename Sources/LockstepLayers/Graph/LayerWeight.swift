import LockstepGraph

/// A weight of a layer, and the parts of the layer that it lies in, from the outermost.
public struct LayerWeight {
    public let path: [WeightPart]
    public let weight: Weight

    /// The weight's name behind those of its parts, which tells the weights of a layer apart: `forward_layer/kernel`,
    /// and in a model that is a layer `dense_1/kernel`.
    package var fullName: String { (path.compactMap(\.title) + [weight.name]).joined(separator: "/") }

    func within(_ part: WeightPart) -> LayerWeight { LayerWeight(path: [part] + path, weight: weight) }
}

/// A part of a layer in which Keras keeps weights: a layer within it, or the cell of a recurrent one.
public struct WeightPart: Hashable, Sendable {
    /// What the layer calls it, `"forward_layer"`: its place in Keras's files.
    public let attribute: String
    /// What it is called itself, `"forward_lstm"`.
    public let name: String

    public init(_ attribute: String, name: String) {
        self.attribute = attribute
        self.name = name
    }

    /// The cell of a recurrent layer.
    package static func cell(name: String) -> WeightPart { WeightPart("cell", name: name) }

    /// A layer of a model that is a layer.
    ///
    /// - Parameter place: its place among the model's layers in Keras's files, `"dense_1"`.
    package static func layer(at place: String, name: String) -> WeightPart { WeightPart(layers + place, name: name) }

    /// What stands in front of a layer's place in the group of a model.
    package static let layers = "layers/"

    /// What tells it from other parts; nil for a cell, which is the only one.
    fileprivate var title: String? {
        attribute == "cell" ? nil : attribute.hasPrefix(Self.layers) ? name : attribute
    }
}
