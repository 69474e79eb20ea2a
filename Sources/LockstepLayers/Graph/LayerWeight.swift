import LockstepGraph

/// A weight of a layer, with its path: the parts of the layer that hold it, the outermost first.
package struct LayerWeight {
    package let path: [WeightPart]
    package let weight: Weight
    /// Whether Keras keeps the weight among those of the layer around its part too.
    package var isRepeated = false

    /// The path and the name, unique within the layer: `forward_layer/kernel`, or `dense_1/kernel` in an inner model.
    package var fullName: String { (path.compactMap(\.title) + [weight.name]).joined(separator: "/") }

    /// The names of a layer that has the weight, of its parts, and of the weight, without names of models.
    func path(in layer: any Layer) -> String {
        var names = [layer.name]
        for part in path {
            if part.isOfModel { names.removeLast() }
            names.append(part.name)
        }
        return (names + [weight.name]).joined(separator: "/")
    }

    func within(_ part: WeightPart) -> LayerWeight {
        LayerWeight(path: [part] + path, weight: weight, isRepeated: isRepeated)
    }
}

/// A part of a layer in which Keras keeps weights: a layer within the layer, or the cell of a recurrent layer.
package struct WeightPart: Hashable, Sendable {
    /// The attribute of the layer that holds the part, such as `"forward_layer"`. Keras's files use it as the key.
    package let attribute: String
    /// The part's own name, such as `"forward_lstm"`.
    package let name: String

    package init(_ attribute: String, name: String) {
        self.attribute = attribute
        self.name = name
    }

    /// The cell of a recurrent layer.
    package static func cell(name: String) -> WeightPart { WeightPart("cell", name: name) }

    /// A layer of an inner model.
    ///
    /// - Parameter place: the layer's key among the model's layers in Keras's files, such as `"dense_1"`.
    package static func layer(at place: String, name: String) -> WeightPart { WeightPart(layers + place, name: name) }

    /// The group of an inner model's layers in Keras's files.
    package static let layers = "layers/"

    /// Whether the part is a layer of an inner model.
    fileprivate var isOfModel: Bool { attribute.hasPrefix(Self.layers) }

    /// What the part adds to a weight's full name; nil for a cell, because a layer has only one. Some attributes are
    /// private in Keras, with an underscore in front.
    fileprivate var title: String? {
        attribute == "cell" ? nil : isOfModel ? name : String(attribute.drop { $0 == "_" })
    }
}
