import Lockstep
import LockstepFormats
import LockstepLayers

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A layer with its arguments, as real Keras serialized it, and what Keras computes with it: one row of
/// `Tests/Fixtures/layers.py`.
///
/// Properties of every layer are tested over `all`, so that no layer can be left out.
package struct LayerRow: Sendable, CustomStringConvertible {
    package let name: String
    package let className: String
    /// The layer's arguments by Keras's names.
    package let configuration: [String: ConfigurationValue]
    /// How many inputs the layer takes. All are the same tensor, or the same tensor in other shapes.
    package let inputCount: Int
    /// The shapes of the inputs' rows, if they differ.
    private let reshaped: [ConfigurationValue]?
    /// For each input, the value that a Masking layer before this layer masks; nil if there is no Masking layer. The
    /// whole array is nil if masks do not matter.
    package let masks: [Float?]?
    /// The output that counts, where the layer has several.
    package let output: Int
    /// Inputs are whole numbers from 0 to below this number; nil: any numbers.
    package let integers: Int?

    /// Whether the layer carries states from batch to batch, which then have as many rows as the input says.
    package var isStateful: Bool { Self.hasStates(.object(configuration)) }
    /// The arguments that are true at the layer's call.
    package let flags: Set<String>
    /// Whether the layer draws random numbers in training, where it has no oracle.
    package let isRandom: Bool
    /// Whether the layer gives whole numbers, which jump between numbers of its input.
    package let isWhole: Bool

    package var description: String { name }

    package static let all: [LayerRow] = try! FileBytes.names(in: fixture("layers")).filter { $0.hasSuffix(".json") }
        .sorted().map {
            try LayerRow(name: String($0.dropLast(5)))
        }

    init(name: String) throws {
        self.name = name
        let file = fixture("layers/\(name).json")
        let row = try Json.parse(FileBytes.read(file), file: file)
        className = row["layer"]?["class_name"]?.string ?? ""
        let given = row["call"]?.object ?? [:]
        // Here, other arguments of the call are arguments of the layer.
        let ofCall = LayerRegistry().callFlags(of: className)
        flags = Set(given.filter { ofCall.contains($0.key) && $0.value == true }.keys)
        configuration = (row["layer"]?["config"]?.object ?? [:]).merging(
            given.filter { !ofCall.contains($0.key) }
        ) { $1 }
        reshaped = row["reshaped"]?.list
        inputCount = reshaped?.count ?? Self.integer(row["inputs"]) ?? 1
        integers = Self.integer(row["integers"])
        output = Self.integer(row["output"]) ?? 0
        isRandom = row["random"] == true
        isWhole = row["whole"] == true
        masks = row["masks"]?.list?.map { $0.number.map { Float($0) } }
    }

    /// Whether a layer's arguments, or those of a layer within it, say that it is stateful.
    private static func hasStates(_ value: ConfigurationValue) -> Bool {
        value["stateful"] == true || (value.object?.values.contains(where: hasStates) ?? false)
    }

    private static func integer(_ value: ConfigurationValue?) -> Int? {
        guard case .integer(let number) = value else { return nil }
        return number
    }

    /// What Keras computed: `x`, `weight0`…, `inference`; and unless the layer is random, `training`, `dy`, `dx`,
    /// `gradient0`…, `after0`….
    package func known() throws -> [String: Tensor] { try Npz.read(fixture("layers/\(name).npz")) }

    /// A new layer, as it is read from a file.
    package func layer() throws -> any Layer { try LayerRegistry().layer(className, configuration) }

    /// The shape of one row of the input.
    package func inputRow() throws -> Shape { try known()["x"]!.shape.row }

    /// An input of `count` rows, of the same kind as Keras's.
    package func inputs(_ count: Int) throws -> Tensor {
        let shape = try inputRow().rows(count)
        guard let integers else {
            let x = sample(shape, seed: 21)
            let values = masks?.compactMap { $0 } ?? []
            // Masks some steps of most rows, and all steps of some rows.
            let (width, steps) = (max(shape.last!, 1), max(try inputRow().count / max(shape.last!, 1), 1))
            for step in 0..<x.count / width {
                let choice = step / steps % 4 == 3 ? 0 : step * 7 % (values.count + 2)
                for index in step * width..<(step + 1) * width where choice < values.count { x[index] = values[choice] }
            }
            return x
        }
        return Tensor.uniform(shape, low: 0, high: Float(integers), seed: 21).map { $0.rounded(.down) }
    }

    /// For each input, the layers that reshape and mask the tensor.
    package func before() throws -> [[any Layer]] {
        try (0..<inputCount).map { index in
            let reshape = try reshaped.map { try LayerRegistry().layer("Reshape", ["target_shape": $0[index]]) }
            return [reshape, masks?[index].map { Masking(maskValue: Double($0)) }].compactMap { $0 }
        }
    }

    /// Applies a layer to a tensor, which serves as all its inputs.
    private func apply(_ layer: any Layer, to x: SymbolicTensor) throws -> SymbolicTensor {
        let inputs = try before().map { $0.reduce(x) { $1($0) } }
        return layer.outputs(of: inputs, flags: flags)[output]
    }

    /// The layer alone as a model.
    ///
    /// - Parameter hasWeights: whether the model has Keras's weights; otherwise it has initial ones.
    package func model(hasWeights: Bool = true, communicator: (any Communicator)? = nil) throws -> Model {
        let layer = try layer()
        let input = Input(try inputRow(), batchSize: isStateful ? try known()["x"]!.rowCount : nil)
        let output = layer is InputLayer ? Activation(.linear)(input) : try apply(layer, to: input)
        let model = try Model(inputs: input, outputs: output, name: name, seed: 5, communicator: communicator)
        if hasWeights {
            let known = try known()
            try model.setWeights((0..<model.weights.count).map { known["weight\($0)"]! })
        }
        return model
    }

    /// The layer between two dense layers, so that weights before and after it get its gradient. Whole numbers, single
    /// numbers, and values that are masked, reach the layer unchanged.
    ///
    /// - Parameter batchSize: the rows of every batch of a stateful layer.
    package func trainableModel(
        communicator: any Communicator, threads: Int? = nil, batchSize: Int? = nil
    ) throws -> Model {
        let layer = try layer()
        let input = Input(try inputRow(), batchSize: isStateful ? batchSize : nil)
        let width = integers == nil && masks == nil ? try inputRow().last : nil
        let before = width.map { Dense($0, activation: .tanh)(input) } ?? input
        let output = layer is InputLayer ? before : try apply(layer, to: before)
        let model = try Model(
            inputs: input, outputs: Dense(2)(Flatten()(output)), name: name, seed: 5, communicator: communicator)
        model.givenThreads = threads
        return model
    }
}
