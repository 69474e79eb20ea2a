extension Graph {
    /// Names unnamed layers as Keras does: after the class, with `_1`, `_2` appended if the name is taken. Checks that
    /// names differ.
    package static func nameLayers(_ layers: [any Layer]) throws(LayerError) {
        var taken: Set<String> = []
        var seen: Set<ObjectIdentifier> = []
        for layer in layers {
            guard seen.insert(ObjectIdentifier(layer)).inserted, !layer.name.isEmpty else { continue }
            guard taken.insert(layer.name).inserted else { throw .duplicateName(layer.name) }
        }
        for layer in layers where layer.name.isEmpty {
            let base = snakeCase(layer.kind)
            var name = base
            var number = 0
            while !taken.insert(name).inserted {
                number += 1
                name = "\(base)_\(number)"
            }
            layer.properties.name = name
        }
    }

    /// The name of the layer; its class if it has no name yet.
    static func title(_ layer: any Layer) -> String {
        layer.name.isEmpty ? layer.kind : layer.name
    }
}

/// Keras's `to_snake_case`: `"InputLayer"` becomes `"input_layer"`, `"LSTM"` becomes `"lstm"`.
package func snakeCase(_ name: String) -> String {
    var result = ""
    var previous: Character?
    for (index, character) in name.enumerated() {
        let next = name.dropFirst(index + 1).first
        if character.isUppercase, let previous, previous != "_", previous.isLowercase || next?.isLowercase == true {
            result += "_"
        }
        result += character.lowercased()
        previous = character
    }
    return result
}
