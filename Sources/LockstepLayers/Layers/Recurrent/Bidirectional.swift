import LockstepCompute
import LockstepGraph

/// Two recurrent layers, one of which goes backwards through time (Schuster and Paliwal, 1997).
///
/// Input `[batch, time, features]`, output `[batch, units]`, or with `returnSequences` `[batch, time, units]`. With
/// `mergeMode` `.concat` the last dimension is the sum of both layers' units. The output sequence of the backward layer
/// is reversed, so that a time step has the same index in both. With `returnSequences` both layers give 0 for masked
/// steps. The weights of the forward layer come first, then those of the backward layer.
///
///     model.add(Bidirectional(LSTM(64, returnSequences: true)))
public final class Bidirectional: Layer {
    public let properties: LayerProperties
    @Configured("layer") private var forward: InnerLayer
    @Configured("backward_layer") private var backward: InnerLayer?
    @Configured public private(set) var mergeMode: MergeMode
    /// The input's shape, if the layer is the first: `[time, features]`.
    public let inputShape: PartialShape?

    /// - Parameters:
    ///   - layer: the forward layer is a copy with the same arguments. For a layer `lstm` its name is `forward_lstm`.
    ///   - backwardLayer: by default a copy of `layer` that goes the other way, with the name `backward_lstm`.
    public init(
        _ layer: any RecurrentLayer, mergeMode: MergeMode = .concat, backwardLayer: (any RecurrentLayer)? = nil,
        inputShape: PartialShape? = nil,
        name: String = ""
    ) {
        properties = LayerProperties(name: name)
        self.inputShape = inputShape ?? layer.inputShape
        self.mergeMode = mergeMode
        let inner = InnerLayer(layer)
        // Each wrapper has its own copies. A layer that cannot be made from arguments is used itself.
        forward = (try? layer.copy([:])).map { InnerLayer($0) } ?? inner
        let flipped = ["go_backwards": (!layer.goBackwards).configurationValue]
        backward = (backwardLayer ?? (try? layer.copy(flipped))).map { InnerLayer($0) }
        if backwardLayer == nil { backward?.layer.name = Self.name("backward_", layer.name) }
        forward.layer.name = Self.name("forward_", layer.name)
        zeroMaskedSequences()
    }

    /// Sets `zeroOutputForMask` as Keras does, whatever the layers' arguments say.
    private func zeroMaskedSequences() {
        for case let layer as any RecurrentLayer in sublayers { layer.zeroOutputForMask = layer.returnSequences }
    }

    private init(_ forward: InnerLayer, _ backward: InnerLayer) {
        properties = LayerProperties()
        inputShape = nil
        mergeMode = .concat
        self.forward = forward
        self.backward = backward
        zeroMaskedSequences()
    }

    private static func name(_ prefix: String, _ name: String) -> String {
        name.hasPrefix(prefix) ? name : prefix + name
    }

    /// Adds what Keras 2 leaves out: the backward layer, if it follows from the forward layer, and the names of both.
    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        guard var layer = arguments["layer"]?.object, var values = layer["config"]?.object else { return }
        let name = values["name"]?.string ?? snakeCase(layer["class_name"]?.string ?? "")
        if arguments["backward_layer"] ?? .null == .null {
            var (other, changed) = (layer, values)
            changed["go_backwards"] = .bool(values["go_backwards"] != true)
            changed["name"] = .string(Self.name("backward_", name))
            other["config"] = .object(changed)
            arguments["backward_layer"] = .object(other)
        }
        values["name"] = .string(Self.name("forward_", name))
        layer["config"] = .object(values)
        arguments["layer"] = .object(layer)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("layer"), try arguments.value("backward_layer"))
    }

    public var forwardLayer: any Layer { forward.layer }
    public var backwardLayer: (any Layer)? { backward?.layer }
    public var sublayers: [any Layer] { [forwardLayer] + (backwardLayer.map { [$0] } ?? []) }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let (forward, backward) = try layers()
        func check(_ isRight: Bool, _ requirement: String, _ received: String) throws(LayerError) {
            if !isRight {
                throw .argument(layer: name, name: "backwardLayer", requirement: requirement, received: received)
            }
        }
        try check(
            forward.goBackwards != backward.goBackwards, "a layer that goes the other way through time",
            "goBackwards: \(backward.goBackwards) of both")
        try check(
            forward.returnSequences == backward.returnSequences,
            "a layer with returnSequences: \(forward.returnSequences)",
            "returnSequences: \(backward.returnSequences)")
        try check(
            mergeMode == .concat || forward.units == backward.units,
            "a layer of \(forward.units) units, as \(mergeMode) needs",
            "\(backward.units)")
        try weights.add(forward, as: "forward_layer", inputs: inputs)
        try weights.add(backward, as: "backward_layer", inputs: inputs)
    }

    private func layers() throws(LayerError) -> (forward: any RecurrentLayer, backward: any RecurrentLayer) {
        guard let backwardLayer else { throw .notFromFiles(className: type(of: forwardLayer).className) }
        var layers: [any RecurrentLayer] = []
        for (argument, layer) in [("layer", forwardLayer), ("backwardLayer", backwardLayer)] {
            guard let layer = layer as? any RecurrentLayer else {
                throw .argument(
                    layer: name, name: argument, requirement: "an LSTM, a GRU or a SimpleRNN",
                    received: type(of: layer).className)
            }
            layers.append(layer)
        }
        return (layers[0], layers[1])
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let (forward, backward) = try layers()
        let ahead = try forward.call(inputs, call)[0]
        var back = try backward.call(inputs, call)[0]
        if forward.returnSequences { back = reverse(back, axis: 0) }
        return switch mergeMode {
        case .concat: [concatenate([ahead, back])]
        case .sum: [ahead + back]
        case .mul: [ahead * back]
        case .ave: [(ahead + back) / 2]
        }
    }

    public static var takesMask: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        try layers().forward.returnSequences ? inputs[0].mask : nil
    }
}
