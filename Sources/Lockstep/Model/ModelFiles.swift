import LockstepCluster
import LockstepCompute
import LockstepFormats
import LockstepGraph
import LockstepLayers

extension Model {
    /// Writes the model to a file that real Keras reads. `.keras` and `.h5` (also `.hdf5`) hold the architecture, the
    /// weights, the compilation and the optimizer's state. `.json` holds the architecture alone.
    ///
    ///     try model.save("digits.keras")
    ///
    /// Keras refuses names with slashes. They are saved with underscores instead, and with a number if that name is
    /// taken; a warning says so. Other warnings name what Keras 3 lacks: activations such as Keras 2's `hard_sigmoid`,
    /// layers that compute as in training, or as in inference, whatever the model does, weights that an optimizer
    /// excludes from its decay, and the optimizer LARS.
    ///
    /// Collective: rank 0 writes, to a temporary name, synced, renamed.
    ///
    /// - Throws: on every rank, `FormatError` if the file cannot be written, or hold this model; `LayerError` if the
    ///   layers do not fit together or the input shape is not known yet.
    public func save(_ file: String) throws {
        try write(file, among: ModelFormat.wholeModels)
    }

    /// Writes the weights alone: as Keras 3's `.weights.h5`, or as `.safetensors` with the names `<layer>/<weight>`,
    /// `"dense_1/kernel"`.
    ///
    /// Collective: rank 0 writes, to a temporary name, synced, renamed.
    ///
    /// - Throws: as `save`.
    public func saveWeights(_ file: String) throws {
        try write(file, among: ModelFormat.weightsAlone)
    }

    private func write(_ file: String, among formats: [ModelFormat]) throws {
        let coordinator = Coordinator(communicator: try communicator())
        // Files have one optimizer.
        let memory = compilation?.objectives.isEmpty ?? true ? try trainingMemory() : nil
        try coordinator.once {
            let format = try ModelFormat(file, among: formats)
            // An architecture can be written without its shapes.
            let bytes =
                try format == .json
                ? Array(Json.text(architecture(), file: file).utf8) : content(memory).encoded(as: format, file: file)
            try FileBytes.write(bytes, to: file)
            guard format.isModel else { return }
            // Once, because a model may be saved after every epoch.
            let architecture = try architecture()
            let lost = ArchitectureWriter.unnamed(in: architecture) + ArchitectureWriter.ignored(in: architecture)
            for line in try fileNames().changes + lost + unwritten
            where saidOnSaving.insert(line).inserted { Terminal.writeError("warning: \(file): \(line)\n") }
        }
    }

    /// Checks before training that the model can be written to a file. It leaves nothing behind.
    ///
    /// Collective: rank 0 tries.
    ///
    /// - Throws: as `save` and `saveWeights`.
    package func checkSaving(_ file: String) throws {
        try Coordinator(communicator: try communicator()).once {
            let format = try ModelFormat(file)
            // Without its shapes a model cannot be written yet; they come with the data.
            if knowsInputShape || isBuilt { _ = try content(nil).encoded(as: format, file: file) }
            try FileBytes.checkWritable(file)
        }
    }

    /// What files do not hold of how the model was compiled.
    private var unwritten: [String] {
        guard let compilation else {
            return [compilationWithoutLoss?.optimizer.flatMap(Optimizers.unknownToKeras)].compactMap { $0 }
        }
        if !compilation.objectives.isEmpty {
            return ["the objectives and their optimizers are left out; compile again after loading"]
        }
        let optimizer = compilation.optimizer
        let excluded = optimizer.options.excludedFromWeightDecay
        return (compilation.tensors.isEmpty ? [] : ["the losses of addLoss are left out; add them again after loading"])
            + (excluded.isEmpty
                ? [] : ["Keras's files do not hold which weights do not decay: \(excluded.joined(separator: ", "))"])
            + [Optimizers.unknownToKeras(optimizer)].compactMap { $0 }
    }

    /// The model as files hold it.
    private func content(_ memory: TrainingMemory?) throws -> ModelContent {
        let architecture = try architecture()
        let (graph, arena) = try build()
        let all = self is Sequential ? graph.layers.dropFirst() : graph.layers[...]
        let layers = all.map { LayerWeights($0) }
        let variables = memory.map { memory in
            let trainable = layers.flatMap(\.trainable)
            let optimizer = compilation?.optimizer ?? compilationWithoutLoss?.optimizer
            return OptimizerVariables(
                steps: memory.steps, learningRate: nil,
                accumulated: memory.accumulated.map { whole in trainable.map { arena.part(of: $0, in: whole) } },
                slots: memory.slots.enumerated().map { slot, whole in
                    trainable.map { weight in
                        optimizer?.shape(ofSlot: slot, of: weight).map {
                            whole.part(at: arena.offset(of: weight), shape: $0)
                        }
                    }
                })
        }
        // Names in the file may differ from those of the layers.
        let fileNames = try fileNames()
        let names = graph.outputs.map { fileNames[graph.nodes[$0.node].layer] }
        let training =
            compilation.flatMap {
                $0.objectives.isEmpty
                    ? TrainingConfiguration(optimizer: $0.optimizer, outputs: $0.outputs(named: names)) : nil
            }
            ?? compilationWithoutLoss
        return ModelContent(
            names: fileNames, isSequential: self is Sequential, architecture: architecture, layers: layers,
            training: training,
            variables: variables)
    }

    /// Loads a model that Keras or `save` wrote: a `Sequential` or a functional model. The contents of the file tell
    /// its form: `.keras`, `.h5` of Keras 3, 2 and 1, or the architecture as JSON, which gets initial weights.
    ///
    ///     let model = try Model.load("digits.keras")
    ///     try model.fit(x, y, epochs: 5)                  // continues where training ended
    ///
    /// The model is compiled if the file has a loss. The optimizer has its state from the file.
    ///
    /// Collective: rank 0 reads.
    ///
    /// - Parameters:
    ///   - compile: false ignores how the model was compiled; that need not be supported then.
    ///   - custom: the program's own layers that may be in the file.
    ///   - seed: of initial weights, shuffles and dropout; nil draws one.
    ///   - exchange: how the ranks exchange gradients; the default follows the topology.
    /// - Throws: on every rank, `FormatError` that names the layer and the argument for whatever is wrong or not
    ///   supported.
    public static func load(
        _ file: String, compile: Bool = true, custom: [any Layer.Type] = [], seed: UInt64? = nil,
        exchange: ExchangeOptions = ExchangeOptions()
    ) throws -> Model {
        try load(
            file, compile: compile, custom: custom, seed: seed, exchange: exchange, communicator: nil)
    }

    /// A model from a file, on other ranks than those of the job.
    package static func load(
        _ file: String, compile: Bool = true, custom: [any Layer.Type] = [], seed: UInt64? = nil,
        exchange: ExchangeOptions = ExchangeOptions(), communicator: (any Communicator)?
    ) throws -> Model {
        try load(
            file, needing: compile ? Set(CompilationPart.allCases) : [], custom: custom, seed: seed, exchange: exchange,
            communicator: communicator)
    }

    /// As `load(_:compile:custom:seed:exchange:)`, with a choice of what must be supported of how the
    /// model was compiled.
    ///
    /// - Parameters:
    ///   - needing: the parts that must be supported; otherwise it is an error.
    ///   - reporting: the parts that are left out with a warning if they are not supported. An optimizer that is left
    ///     out is replaced by Keras's default.
    package static func load(
        _ file: String, needing: Set<CompilationPart>, reporting: Set<CompilationPart> = [],
        custom: [any Layer.Type] = [],
        seed: UInt64? = nil, exchange: ExchangeOptions = ExchangeOptions(), communicator: (any Communicator)? = nil
    ) throws -> Model {
        let coordinator = Coordinator(communicator: try communicator ?? Job.communicator())
        let bytes = try coordinator.bytes(of: file, for: .model)
        var left = LeftOut(needed: needing, reported: reporting)
        let model = try coordinator.agree {
            let file = try ModelFile(bytes, file: file)
            for note in file.notes { left.note(note, of: file.file) }
            let architecture = try file.architecture(
                LayerRegistry(custom: custom), makeModel: maker(file: file.file, communicator))
            for note in architecture.notes { left.note(note, of: file.file) }
            let model = try make(architecture, file: file.file, seed: seed, communicator: communicator)
            if file.hasWeights {
                let layers = try model.parameters(of: architecture.layers, file: file.file)
                try model.take(try file.weights(for: layers))
                try model.compile(as: file, layers, exchange, &left)
            }
            return model
        }
        coordinator.report { for line in left.lines { Terminal.writeError("warning: \(line)\n") } }
        return model
    }

    /// Takes the weights from a file: `.weights.h5`, `.safetensors`, `.keras` or `.h5`, of Keras 2 too. The optimizer's
    /// state stays as it is.
    ///
    /// Layers are matched as in Keras: in `.weights.h5` and `.keras` by class and order, in `.h5` by the order of the
    /// layers that have weights, in `.safetensors` by name.
    ///
    /// Collective: rank 0 reads.
    ///
    /// - Parameter skipMismatch: leaves a layer as it is if the file has no weights for it, or weights of other shapes.
    /// - Returns: the names of the layers that are left as they are. A warning names them too.
    /// - Throws: on every rank, `FormatError` that names the layer and both shapes.
    @discardableResult
    public func loadWeights(_ file: String, skipMismatch: Bool = false) throws -> [String] {
        let coordinator = Coordinator(communicator: try communicator())
        let bytes = try coordinator.bytes(of: file, for: .weights)
        let skipped = try coordinator.agree {
            let weights = try ModelFile(bytes, file: file, for: .weights)
                .weights(for: parameters(of: connect().layers, file: file), skipsMismatch: skipMismatch)
            try take(weights)
            return weights.skipped
        }
        if !skipped.isEmpty {
            coordinator.report {
                Terminal.writeError(
                    "warning: \(file) has no weights for \(skipped.joined(separator: ", ")), which stay\n")
            }
        }
        return skipped
    }

    /// The weights of layers, in their order.
    private func parameters(of layers: [any Layer], file: String) throws(FormatError) -> [LayerWeights] {
        do throws(LayerError) {
            try connect()
            return layers.map { LayerWeights($0) }
        } catch {
            throw .model(file: file, error)
        }
    }

    private func take(_ weights: LoadedWeights) throws {
        try setWeights(try build().graph.weights.map { weights[$0] ?? $0.value.copy() })
    }
}

extension LayerWeights {
    var trainable: [Weight] { parameters.filter(\.isTrainable) }
}

extension Coordinator {
    /// Collective: what is in a file, which rank 0 reads.
    fileprivate func bytes(of file: String, for use: ModelFile.Use) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try once { bytes = try ModelFile.bytes(of: file, for: use) }
        return communicator.size > 1 ? try communicator.share(bytes, from: 0) : bytes
    }
}
