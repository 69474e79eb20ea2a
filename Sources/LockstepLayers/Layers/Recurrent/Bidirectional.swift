import LockstepCompute
import LockstepGraph

/// Two recurrent layers, one of which goes backwards through time (Schuster and Paliwal, 1997).
///
/// Input `[batch, time, features]`, output `[batch, units]`, or with `returnSequences` `[batch, time, units]`. With
/// `mergeMode` `.concat` the last dimension is the sum of both layers' units; without a `mergeMode` there are two
/// outputs. The output sequence of the backward layer is reversed, so that a time step has the same index in both. With
/// `returnSequences` both layers give 0 for masked steps. The weights of the forward layer come first, then those of the
/// backward layer; so do the states that are given behind the input, and those that follow the output with
/// `returnState`.
///
///     model.add(Bidirectional(LSTM(64, returnSequences: true)))
public final class Bidirectional: Layer {
    public let properties: LayerProperties
    @Configured("layer") private var forward: InnerLayer
    @Configured("backward_layer") private var backward: InnerLayer?
    @Configured public private(set) var mergeMode: MergeMode?
    /// The input's shape, if the layer is the first: `[time, features]`.
    public let inputShape: PartialShape?

    /// - Parameters:
    ///   - layer: the forward layer is a copy with the same arguments. For a layer `lstm` its name is `forward_lstm`.
    ///   - backwardLayer: by default a copy of `layer` that goes the other way, with the name `backward_lstm`.
    public init(
        _ layer: any RecurrentLayer, mergeMode: MergeMode? = .concat, backwardLayer: (any RecurrentLayer)? = nil,
        inputShape: PartialShape? = nil, name: String = ""
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
            forward.returnState == backward.returnState, "a layer with returnState: \(forward.returnState)",
            "returnState: \(backward.returnState)")
        try check(
            forward.stateful == backward.stateful, "a layer with stateful: \(forward.stateful)",
            "stateful: \(backward.stateful)")
        if let mergeMode, mergeMode != .concat {
            let (ahead, back) = (try output(of: forward, inputs), try output(of: backward, inputs))
            func title(_ shape: Shape) -> String { shape.rank == 1 ? "\(shape[0])" : "\(shape)" }
            try check(ahead == back, "a layer of \(title(ahead)) units, as \(mergeMode) needs", title(back))
        }
        try weights.add(forward, as: "forward_layer", inputs: inputs)
        try weights.add(backward, as: "backward_layer", inputs: inputs)
    }

    /// The shape of a row of what a layer gives for a step.
    private func output(of layer: any RecurrentLayer, _ inputs: [TensorSpec]) throws(LayerError) -> Shape {
        let cell = layer.recurrentCell
        return try cell.stateShapes(layer.step(of: inputs))[cell.outputState]
    }

    private func layers() throws(LayerError) -> (forward: any RecurrentLayer, backward: any RecurrentLayer) {
        guard let backwardLayer else { throw .notFromFiles(className: type(of: forwardLayer).className) }
        var layers: [any RecurrentLayer] = []
        for (argument, layer) in [("layer", forwardLayer), ("backwardLayer", backwardLayer)] {
            guard let layer = layer as? any RecurrentLayer else {
                throw .argument(
                    layer: name, name: argument, requirement: "a recurrent layer, such as an LSTM",
                    received: type(of: layer).className)
            }
            layers.append(layer)
        }
        return (layers[0], layers[1])
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let (forward, backward) = try layers()
        let count = forward.recurrentCell.stateCount
        let states = inputs.dropFirst()
        guard states.isEmpty || states.count == count + backward.recurrentCell.stateCount else {
            throw .inputCount(
                layer: name, expected: 1 + count + backward.recurrentCell.stateCount, received: inputs.count)
        }
        let ahead = try forward.callInFormat([inputs[0]] + states.prefix(count), call)
        var back = try backward.callInFormat([inputs[0]] + states.dropFirst(count), call)
        if forward.returnSequences { back[0] = reverse(back[0], axis: 0) }
        let merged =
            switch mergeMode {
            case .concat: [concatenate([ahead[0], back[0]])]
            case .sum: [ahead[0] + back[0]]
            case .mul: [ahead[0] * back[0]]
            case .ave: [(ahead[0] + back[0]) / 2]
            case nil: [ahead[0], back[0]]
            }
        return merged + ahead.dropFirst() + back.dropFirst()
    }

    public var outputCount: Int {
        let layers = sublayers.compactMap { $0 as? any RecurrentLayer }
        return (mergeMode == nil ? 2 : 1) + layers.reduce(0) { $0 + $1.outputCount - 1 }
    }

    public var maskedOutputs: Int { mergeMode == nil ? 2 : 1 }

    public static var listedInputs: String? { "initial_state" }
    public var listedGroups: [Int]? {
        let layers = sublayers.compactMap { $0 as? any RecurrentLayer }
        guard layers.contains(where: { $0.listedGroups != nil }) else { return nil }
        return layers.flatMap { $0.listedGroups ?? Array(repeating: 1, count: $0.recurrentCell.stateCount) }
    }

    public static var takesMask: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        try layers().forward.returnSequences ? inputs[0].mask : nil
    }
}
