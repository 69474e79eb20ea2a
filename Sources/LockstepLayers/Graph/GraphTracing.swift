import LockstepCompute
import LockstepGraph

/// How the layers of a graph are built, and traced into operations for inputs of known shapes.
extension Graph {
    /// Names the layers, and collects their weights and their operations.
    ///
    /// Unknown dimensions of the inputs get a size that fits. A second trace with another size shows which dimensions
    /// depend on the unknown ones. The shapes of weights must not depend on them.
    mutating func build() throws(LayerError) {
        try Self.nameLayers(nodes.map(\.layer))
        frozen = Self.frozen(nodes)
        for index in inputs { try (nodes[index].layer as? InputLayer)?.checkShape() }
        let declared = inputShapes
        let known = declared.compactMap(\.shape)
        let isLengthKnown = nodes.allSatisfy { node in
            node.layer.withSublayers.allSatisfy { ($0 as? any TextLayer)?.isLengthKnown ?? true }
        }
        guard known.count < declared.count || !isLengthKnown else { return try trace(known, keepsWeights: false) }
        var first: Graph?
        var failure: LayerError?
        for size in Self.trialSizes(declared) {
            var trial = self
            do {
                try trial.trace(
                    declared.map { $0.filled(with: size) }, otherLength: size, keepsWeights: first != nil)
            } catch {
                if case .dependsOnUnknown = error { throw error }
                failure = failure ?? error
                continue
            }
            guard var result = first else {
                first = trial
                continue
            }
            for (index, node) in trial.nodes.enumerated() {
                result.nodes[index].partialShapes = zip(result.nodes[index].shapes, node.shapes).map {
                    PartialShape(common: $0, $1)
                }
            }
            for (index, feed) in trial.feeds.enumerated() {
                guard let a = result.feeds[index].row.shape, let b = feed.row.shape else { continue }
                result.feeds[index].row = PartialShape(common: a, b)
            }
            self = result
            return
        }
        guard let first else { throw failure ?? .noLayers }
        self = first
    }

    /// The sizes to try for unknown dimensions: first usual sizes of images and sequences, then long ones, of which a
    /// layer may crop thousands of steps, then the known dimensions, because an unknown one may have to equal these.
    private static func trialSizes(_ shapes: [PartialShape]) -> [Int] {
        let sizes =
            [32, 64, 128, 256, 512, 1024, 16, 8, 4, 2, 1, 4096, 16384, 65536]
            + shapes.flatMap { $0.dimensions.compactMap { $0 } }
        var seen: Set<Int> = []
        return sizes.filter { seen.insert($0).inserted }
    }

    /// The graph traced for inputs of known shapes, with the same weights; the graph itself if it has these shapes.
    ///
    /// - Parameters:
    ///   - shapes: the shape of one row of each input.
    ///   - textLengths: how many numbers are made of a row of text, for each layer that makes some; nil for as many as
    ///     in this graph.
    /// - Throws: the error of a layer that does not accept the shapes.
    package func traced(for shapes: [Shape], textLengths: [Int]? = nil) throws(LayerError) -> Graph {
        // A row of text may be a string without dimensions.
        let shapes = zip(shapes, inputShapes).map { $1.rank == 0 ? [] : $0 }
        let known = self.textLengths(training.fedInputs.map { training.inputs[$0].shape })
        let textLengths = textLengths ?? known
        guard inputSpecs.map(\.shape) != shapes || known != textLengths else { return self }
        // Layers that were frozen after the build count only when the model is compiled.
        let current = Self.frozen(nodes)
        freeze(frozen)
        defer { freeze(current) }
        var result = self
        try result.trace(shapes, textLengths: textLengths, keepsWeights: true)
        for index in nodes.indices { result.nodes[index].partialShapes = nodes[index].partialShapes }
        result.feeds = feeds
        return result
    }

    /// Collects the layers' weights and their operations for inputs of known shapes.
    ///
    /// - Parameters:
    ///   - textLengths: how many numbers are made of a row of text, for each layer that makes some.
    ///   - otherLength: the same for further layers.
    private mutating func trace(
        _ inputShapes: [Shape], textLengths: [Int] = [], otherLength: Int = 1, keepsWeights: Bool
    ) throws(LayerError) {
        var parts: Set<ObjectIdentifier> = []
        var counts: [ObjectIdentifier: Int] = [:]
        var elements = 0
        let available = physicalMemory()
        func makeTrace() -> Trace { Trace(textLengths: textLengths, otherLength: otherLength) }
        let traces = (training: makeTrace(), inference: makeTrace())
        (traces.training.batchSize, traces.inference.batchSize) = (batchSize, batchSize)
        var tensors: [(training: [SymbolicTensor], inference: [SymbolicTensor])] = Array(
            repeating: ([], []), count: nodes.count)
        // In the order of the model's inputs, which may differ from the order of the nodes.
        for (index, shape) in zip(inputs, inputShapes) {
            guard let input = nodes[index].layer as? InputLayer, nodes[index].inputs.isEmpty else {
                throw .noInputShape(layer: nodes[index].layer.name)
            }
            let spec = TensorSpec(shape, type: input.type)
            tensors[index] = ([traces.training.input(spec)], [traces.inference.input(spec)])
        }
        for index in nodes.indices {
            let layer = nodes[index].layer
            for source in nodes[index].inputs where !tensors[source.node].training.indices.contains(source.index) {
                throw .noOutput(
                    layer: nodes[source.node].layer.name, index: source.index,
                    count: tensors[source.node].training.count)
            }
            let inputs = nodes[index].inputs.map { tensors[$0.node].training[$0.index] }
            nodes[index].call = counts[ObjectIdentifier(layer), default: 0]
            counts[ObjectIdentifier(layer), default: 0] += 1
            if nodes[index].call == 0 {
                for part in layer.withSublayers where !parts.insert(ObjectIdentifier(part)).inserted {
                    throw .atTwoPlaces(layer: part.name)
                }
                nodes[index].weights = try WeightList.build(
                    layer, inputs.map(\.spec), store: store, keepsWeights: keepsWeights)
            } else if inputs.count != 1, type(of: layer).listedInputs == nil,
                let first = nodes.first(where: { $0.layer === layer }), first.inputs.count == 1
            {
                throw .inputCount(layer: layer.name, expected: 1, received: inputs.count)
            }
            // Checks the size before anything of this size is computed.
            func reserve(_ count: Int) throws(LayerError) {
                elements = min(elements + min(count, .max / 4), .max / 4)
                guard elements <= available / 4 else {
                    throw .memory(
                        layer: layer.name, bytes: elements == .max / 4 ? .max : 4 * elements, available: available)
                }
            }
            // Twice, for values and gradients. The layer's outputs are added below.
            for weight in nodes[index].weights { try reserve(2 * min(weight.shape.count, .max / 4)) }
            if tensors[index].training.isEmpty {
                let inference = nodes[index].inputs.map { tensors[$0.node].inference[$0.index] }
                let options = nodes[index].options
                func call(_ trace: Trace, training: Bool) -> Call {
                    Call(trace: trace, training: options.training ?? training, path: [], flags: options.flags)
                }
                let training = try call(traces.training, training: true).apply(layer, to: inputs)
                // Dropout makes floats of whole numbers, and passes them on as they are in inference.
                let passed = try call(traces.inference, training: false).apply(layer, to: inference)
                tensors[index] = (training, zip(training, passed).map { cast($1, to: $0.spec.type) })
            }
            for source in type(of: layer).removesMasks ? nodes[index].inputs : [] {
                let (training, inference) = (
                    tensors[source.node].training[source.index], tensors[source.node].inference[source.index]
                )
                tensors[source.node].training[source.index] = training.withoutMask
                tensors[source.node].inference[source.index] = inference.withoutMask
            }
            nodes[index].specs = tensors[index].training.map(\.spec)
            nodes[index].partialShapes = nodes[index].shapes.map { PartialShape($0) }
            for shape in nodes[index].shapes { try reserve(shape.count) }
        }
        for output in outputs where !tensors[output.node].training.indices.contains(output.index) {
            throw .noOutput(
                layer: nodes[output.node].layer.name, index: output.index, count: tensors[output.node].training.count)
        }
        for output in outputs where tensors[output.node].training[output.index].spec.type == .string {
            throw .operation(layer: nodes[output.node].layer.name, .text)
        }
        traces.training.finish(outputs.map { tensors[$0.node].training[$0.index] })
        traces.inference.finish(outputs.map { tensors[$0.node].inference[$0.index] })
        (training, inference, calls) = (traces.training.graph, traces.inference.graph, traces.training.calls)
        precondition(training.inputs == inference.inputs, "training and inference take the same inputs")
        feeds = stepInputs(traces.training)
    }

    /// What a step takes for the model's inputs.
    private func stepInputs(_ trace: Trace) -> [StepInput] {
        let types = inputTypes
        let texts = types.indices.filter { types[$0] == .string }
        let numbers = types.indices.filter { types[$0] != .string }.map { index in
            StepInput(input: index, layer: nil, row: inputShapes[index], type: types[index])
        }
        return numbers
            + trace.conversions.map { conversion in
                StepInput(
                    input: texts[conversion.text], layer: conversion.converter as? any TextLayer,
                    row: PartialShape(trace.graph.inputs[conversion.input].shape), type: .int32)
            }
    }

    private func freeze(_ frozen: [[Bool]]) {
        for (node, states) in zip(nodes, frozen) {
            for (layer, isFrozen) in zip(node.layer.withSublayers, states) { layer.properties.isTrainable = !isFrozen }
        }
    }
}
