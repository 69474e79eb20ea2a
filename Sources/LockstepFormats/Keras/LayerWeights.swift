import LockstepCompute
import LockstepGraph
import LockstepLayers

/// A layer and its weights, in the order of Keras's `weights`: part by part, with the trainable ones of each part
/// first.
package struct LayerWeights {
    package let layer: any Layer
    /// The weights of the layer itself, if it has some, and of each part of it.
    let parts: [Part]
    private let paths: [ObjectIdentifier: LayerWeight]

    /// The weights that Keras keeps at one place.
    struct Part {
        let path: [WeightPart]
        let parameters: [Weight]
        /// The weights of parts within, which Keras's tree of variables has in front of these too.
        let repeated: [Weight]

        /// The kernel to which its layer adds a change of low rank, if there is one, and the factors of the change.
        var adapted: (kernel: Weight, factors: LowRankFactors)? {
            for weight in parameters { if let factors = weight.change { return (weight, factors) } }
            return nil
        }

        /// The weights that `adapted` names.
        var adaptedWeights: [Weight] { adapted.map { [$0.kernel, $0.factors.a, $0.factors.b] } ?? [] }

        /// The weights of Keras's tree of variables. It begins with the kernel that is changed, and has no factors.
        var variables: [Weight] {
            let own = adaptedWeights
            return own.prefix(1) + parameters.filter { weight in !own.contains { $0 === weight } }
        }
    }

    package init(_ layer: any Layer) {
        self.layer = layer
        let declared = layer.properties.declared
        paths = Dictionary(declared.map { (ObjectIdentifier($0.weight), $0) }) { first, _ in first }
        let byPath = Dictionary(grouping: declared) { $0.path }
        var order: [[WeightPart]] = [[]]
        for weight in declared where weight.path != order[order.count - 1] && !order.contains(weight.path) {
            order.append(weight.path)
        }
        parts = order.compactMap { path in
            guard let own = byPath[path]?.map(\.weight) else { return nil }
            return Part(
                path: path, parameters: own.filter { $0.role == .trainable } + own.filter { $0.role != .trainable },
                repeated: declared.filter { $0.isRepeated && Array($0.path.dropLast()) == path }.map(\.weight))
        }
    }

    package var parameters: [Weight] { parts.flatMap(\.parameters) }

    /// The weights in the order of Keras's older files: trained weights first.
    var legacyParameters: [Weight] {
        let frozen = Set(layer.frozenWeights.map(ObjectIdentifier.init))
        func trains(_ weight: Weight) -> Bool {
            weight.role == .trainable && !frozen.contains(ObjectIdentifier(weight))
        }
        return parameters.filter(trains) + parameters.filter { !trains($0) }
    }

    /// The unique name of a weight, after the names of its layer and, as in Keras, of the parts that hold it:
    /// `["lstm", "lstm_cell", "kernel"]`.
    func path(of parameter: Weight, _ names: FileNames) -> [String] {
        [names[layer]] + (paths[ObjectIdentifier(parameter)]?.path.map(\.name) ?? []) + [parameter.name]
    }

    /// The name of a weight, unique within the layer: `forward_layer/kernel`.
    func fullName(of parameter: Weight) -> String { paths[ObjectIdentifier(parameter)]?.fullName ?? parameter.name }
}

extension Weight {
    /// The values as Keras's tree of variables holds them: with the change of low rank, `value + scale·A·B`.
    var changedDataset: HDF5Dataset {
        guard let change else { return dataset }
        let (rank, columns) = (change.b.shape[0], change.b.shape[1])
        let sum = value.copy()
        for row in 0..<sum.count / columns {
            for column in 0..<columns {
                var product: Float = 0
                for term in 0..<rank {
                    product += change.a.value[row * rank + term] * change.b.value[term * columns + column]
                }
                sum[row * columns + column] += change.scale * product
            }
        }
        return HDF5Dataset(sum)
    }

    /// The values as Keras's files hold them.
    var dataset: HDF5Dataset {
        guard isInteger else { return HDF5Dataset(value) }
        let most = Double(Int32.max)
        return HDF5Dataset(
            value.elements.map { Int(Swift.min(Swift.max(Double($0), -most), most)) }, shape: shape,
            type: .signed(bytes: 4))
    }
}

/// Values from a file for the weights of a model.
package struct LoadedWeights {
    /// The layers that keep their values, because the file has no values for them, or values of other shapes.
    package private(set) var skipped: [String] = []
    private var values: [ObjectIdentifier: Tensor] = [:]
    private let file: String
    let skipsMismatch: Bool

    init(file: String, skipsMismatch: Bool) {
        self.file = file
        self.skipsMismatch = skipsMismatch
    }

    /// The value of a weight; nil if the file has none.
    package subscript(parameter: Weight) -> Tensor? { values[ObjectIdentifier(parameter)] }

    /// Takes a layer's arrays, in the order of the given weights, which are all weights of the layer.
    ///
    /// - Throws: `FormatError.model` with the layer and both shapes, or numbers of arrays, unless such layers are
    ///   skipped.
    mutating func take(_ arrays: [Tensor], for layer: LayerWeights, _ parameters: [Weight]) throws(FormatError) {
        if let mismatch = Self.mismatch(arrays, layer, parameters) {
            guard skipsMismatch else { throw .model(file: file, mismatch) }
            skipped.append(layer.layer.name)
        } else {
            for (parameter, array) in zip(parameters, arrays) { values[ObjectIdentifier(parameter)] = array }
        }
    }

    private static func mismatch(_ arrays: [Tensor], _ layer: LayerWeights, _ parameters: [Weight]) -> LayerError? {
        let name = layer.layer.name
        for (parameter, array) in zip(parameters, arrays) where parameter.shape != array.shape {
            return .parameter(
                layer: name, name: layer.fullName(of: parameter), expected: parameter.shape, received: array.shape)
        }
        guard arrays.count != parameters.count else { return nil }
        let received =
            arrays.isEmpty
            ? "none" : "\(arrays.count) of the shapes \(arrays.map { "\($0.shape)" }.joined(separator: ", "))"
        return .parameters(layer: name, expected: parameters.map(layer.fullName), received: received)
    }
}
