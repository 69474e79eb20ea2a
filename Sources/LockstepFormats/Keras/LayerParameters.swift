import LockstepCompute
import LockstepGraph
import LockstepLayers

/// A layer and its parameters, in the order of Keras's files: trainable ones first.
package struct LayerParameters {
    package let layer: any Layer
    package let parameters: [Weight]

    package init(_ layer: any Layer, _ parameters: [Weight]) {
        self.layer = layer
        self.parameters = parameters.filter { $0.role == .trainable } + parameters.filter { $0.role != .trainable }
    }

    /// Names that tell parameters apart, each behind that of its layer and, as in Keras, that of the cell that computes a recurrent layer's
    /// step: `["lstm", "lstm_cell", "kernel"]`.
    func path(of parameter: Weight, _ names: FileNames) -> [String] {
        [names[layer]] + (hasCell ? [snakeCase(type(of: layer).className) + "_cell"] : []) + [parameter.name]
    }

    /// Whether Keras keeps the parameters in a part of the layer, its cell.
    var hasCell: Bool { layer is any RecurrentLayer }
}

/// Values from a file for the parameters of a model.
package struct LoadedWeights {
    /// The layers that keep their values, since the file holds none for them, or of other shapes.
    package private(set) var skipped: [String] = []
    private var values: [ObjectIdentifier: Tensor] = [:]
    private let file: String
    let skipsMismatch: Bool

    init(file: String, skipsMismatch: Bool) {
        self.file = file
        self.skipsMismatch = skipsMismatch
    }

    /// The value of a parameter; nil if the file has none.
    package subscript(parameter: Weight) -> Tensor? { values[ObjectIdentifier(parameter)] }

    /// Takes a layer's arrays, in the order of its parameters.
    ///
    /// - Throws: `FormatError.model` with the layer and both shapes, or numbers of arrays, unless such layers are to be skipped.
    mutating func take(_ arrays: [Tensor], for layer: LayerParameters) throws(FormatError) {
        if let mismatch = Self.mismatch(arrays, layer) {
            guard skipsMismatch else { throw .model(file: file, mismatch) }
            skipped.append(layer.layer.name)
        } else {
            for (parameter, array) in zip(layer.parameters, arrays) { values[ObjectIdentifier(parameter)] = array }
        }
    }

    private static func mismatch(_ arrays: [Tensor], _ layer: LayerParameters) -> LayerError? {
        let name = layer.layer.name
        for (parameter, array) in zip(layer.parameters, arrays) where parameter.shape != array.shape {
            return .parameter(layer: name, name: parameter.name, expected: parameter.shape, received: array.shape)
        }
        guard arrays.count != layer.parameters.count else { return nil }
        let received = arrays.isEmpty ? "none" : "\(arrays.count) of the shapes \(arrays.map { "\($0.shape)" }.joined(separator: ", "))"
        return .parameters(layer: name, expected: layer.parameters.map(\.name), received: received)
    }
}
