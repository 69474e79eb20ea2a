import LockstepCompute

/// The operations of a model while its layers, one after another, apply them.
public final class Trace: SymbolicSource {
    package func describe(_ operation: DescribedOperation) -> SymbolicTensor? { nil }

    package private(set) var graph = OperationGraph()
    private var indices: [ObjectIdentifier: Int] = [:]
    /// What weights that steps renew have become so far, by their indices.
    private var renewals: [Int: (node: Int, output: Int)] = [:]
    /// The layer calls, those within models too, in the order in which they compute; the last is under way.
    package private(set) var calls: [LayerCallRecord] = []
    private var draws = 0
    /// The rows of every batch; nil if their number may change. States of rows need it.
    package var batchSize: Int?
    /// The first thing that did not fit in the call under way. Operators cannot throw, so it waits until the call
    /// returns.
    package private(set) var error: OperationError?

    /// The inputs of text, and the numbers that are made of them before the operations compute.
    private var texts = 0
    package private(set) var conversions: [TextConversion] = []
    /// How many numbers a row has, for each of the conversions, where the text decides that; and for further ones.
    private let lengths: [Int]
    private let otherLength: Int

    /// - Parameters:
    ///   - textLengths: how many numbers are made of a row of text, for each conversion in its order.
    ///   - otherLength: the same for conversions behind these.
    package init(textLengths: [Int] = [], otherLength: Int = 1) {
        (lengths, self.otherLength) = (textLengths, otherLength)
    }

    /// Continues a graph with operations that score its outputs. They count as parts of its last layer call.
    init(continuing graph: OperationGraph) {
        self.graph = graph
        (lengths, otherLength) = ([], 1)
        for (index, weight) in graph.weights.enumerated() { indices[ObjectIdentifier(weight)] = index }
        let layers = (graph.nodes.map(\.layer).max() ?? 0) + 1
        calls = (0..<layers).map { _ in LayerCallRecord(name: "", weights: []) }
        self.graph.scoringStart = graph.nodes.count
    }

    /// One of the graph's values.
    func tensor(_ value: OperationGraph.Value) -> SymbolicTensor {
        SymbolicTensor(value, spec: graph.spec(value), in: self)
    }

    /// What goes into the activation that makes an output; nil where none does. To be asked for before anything scores.
    func logits(ofOutput index: Int) -> OperationGraph.Value? {
        defer { graph.scoringStart = graph.nodes.count }
        return graph.splitActivation(ofOutput: index)
    }

    /// Declares an input of the model.
    package func input(_ spec: TensorSpec) -> SymbolicTensor {
        if spec.type == .string {
            defer { texts += 1 }
            return SymbolicTensor(text: texts, spec: spec, in: self)
        }
        graph.inputs.append(spec)
        return SymbolicTensor(.input(graph.inputs.count - 1), spec: spec, in: self)
    }

    /// The whole numbers that a converter makes of an input of text before the operations compute: an input of these.
    ///
    /// - Parameters:
    ///   - converter: asks for numbers of the same text once, however often it is called.
    ///   - row: the shape of a row of them, for the length of a text.
    package func numbers(
        of text: SymbolicTensor, by converter: AnyObject, row: (_ length: Int) -> Shape
    ) -> SymbolicTensor {
        precondition(text.spec.type == .string && text.source === self, "numbers of a tensor that is no text")
        let known = conversions.first { $0.text == text.output && $0.converter === converter }
        let conversion =
            known
            ?? TextConversion(text: text.output, converter: converter, input: graph.inputs.count)
        if known == nil {
            let length = conversions.count < lengths.count ? lengths[conversions.count] : otherLength
            conversions.append(conversion)
            graph.inputs.append(TensorSpec(row(length), type: .int32))
        }
        return SymbolicTensor(.input(conversion.input), spec: graph.inputs[conversion.input], in: self)
    }

    /// A weight, or what it has been renewed with.
    func tensor(of weight: Weight) -> SymbolicTensor {
        let index = index(of: weight)
        let value =
            renewals[index].map { OperationGraph.Value.output(node: $0.node, index: $0.output) } ?? .weight(index)
        return SymbolicTensor(value, spec: TensorSpec(weight.shape, isBatched: false), in: self)
    }

    private func index(of weight: Weight) -> Int {
        if let index = indices[ObjectIdentifier(weight)] { return index }
        graph.weights.append(weight)
        indices[ObjectIdentifier(weight)] = graph.weights.count - 1
        return graph.weights.count - 1
    }

    /// Begins a layer's `call`.
    ///
    /// - Parameters:
    ///   - name: that of the layer, behind those of the models that it lies in: `base/dense`.
    ///   - weights: all that the layer has.
    package func begin(_ name: String, weights: [Weight]) {
        calls.append(LayerCallRecord(name: name, weights: weights))
        (draws, error) = (0, nil)
    }

    /// The number of the layer call under way: its place in the model graph with all models in it inlined.
    private var layer: Int { max(calls.count - 1, 0) }

    /// Says which tensors the model gives. One that is given twice is two values, each with a gradient of its own.
    package func finish(_ outputs: [SymbolicTensor]) {
        for output in outputs {
            let isGiven = graph.outputs.contains(output.value!)
            let value = isGiven ? apply(ReshapeOperation(output.spec.shape), to: [output])[0].value! : output.value!
            graph.outputs.append(value)
            graph.masks.append(output.mask?.value)
        }
    }

    /// Applies an operation.
    ///
    /// What does not fit is an error of the layer that calls it; until it is thrown, outputs have the first input's
    /// spec.
    public func apply(_ operation: any Operation, to operands: [any Operand]) -> [SymbolicTensor] {
        apply(to: operands) { _ in operation }
    }

    /// Applies an operation that is made for the specs of its inputs.
    func apply(
        to operands: [any Operand], _ make: (_ inputs: [TensorSpec]) throws(OperationError) -> any Operation
    ) -> [SymbolicTensor] {
        let inputs = operands.map { $0.tensor(in: self) }
        guard inputs.allSatisfy({ $0.source === self }) else {
            error = error ?? .foreign
            return [unusable]
        }
        let specs = inputs.map(\.spec)
        do throws(OperationError) {
            guard !specs.contains(where: { $0.type == .string }) else { throw OperationError.text }
            guard specs.isEmpty || specs.contains(where: \.isBatched) else {
                throw OperationError.onlyWeights(received: specs)
            }
            // Operations know rows alone, however many of them a sample has.
            let counts = Set(specs.filter(\.isBatched).map(\.rowsPerSample))
            guard counts.count <= 1 else {
                throw OperationError.shapes(requirement: "as many rows of each input", received: specs)
            }
            let (count, rows) = (counts.first ?? 1, specs.map { $0.with(rowsPerSample: 1) })
            guard rows.contains(where: { $0.type == .int32 }) else {
                let operation = try make(rows)
                let outputs = try operation.outputs(rows).map { $0.with(rowsPerSample: count) }
                return append(operation, inputs, outputs, rowsPerSample: count)
            }
            if try !make(rows.map { $0.with(type: .float32) }).takesIntegers(rows) {
                return apply(to: inputs.map { cast($0, to: .float32) }, make)
            }
            let operation = try make(rows)
            let outputs = try operation.outputs(rows).map { $0.with(rowsPerSample: count) }
            return append(operation, inputs, outputs, rowsPerSample: count)
        } catch {
            self.error = self.error ?? error
            return [inputs.first ?? unusable]
        }
    }

    /// A tensor with its rows counted otherwise; the elements stay where they are.
    func regroup(_ tensor: SymbolicTensor, as spec: TensorSpec) -> SymbolicTensor {
        guard tensor.value != nil else {
            error = error ?? .text
            return tensor
        }
        return append(ReshapeOperation(spec.shape), [tensor], [spec], rowsPerSample: spec.rowsPerSample)[0]
    }

    private func append(
        _ operation: any Operation, _ inputs: [SymbolicTensor], _ outputs: [TensorSpec], rowsPerSample: Int
    ) -> [SymbolicTensor] {
        graph.nodes.append(
            OperationGraph.Node(
                operation: operation, inputs: inputs.map { $0.value! }, outputs: outputs, rowsPerSample: rowsPerSample,
                layer: layer))
        let number = graph.nodes.count - 1
        return outputs.enumerated().map { SymbolicTensor(.output(node: number, index: $0), spec: $1, in: self) }
    }

    /// What an operation gives that could not be applied; the call ends with an error.
    private var unusable: SymbolicTensor { SymbolicTensor(.input(0), spec: TensorSpec([]), in: self) }

    /// Makes a tensor what a weight becomes when the step has succeeded. Whoever takes the weight from now on gets the
    /// tensor, so that the calls of a layer renew it one after another.
    func renew(_ weight: Weight, with tensor: SymbolicTensor) {
        guard tensor.source === self, case .output(let node, let output) = tensor.value,
            tensor.spec.shape == weight.shape,
            !tensor.spec.isBatched
        else {
            error =
                error
                ?? .shapes(
                    requirement: "the new value of \(weight.name) to be \(weight.shape)", received: [tensor.spec])
            return
        }
        let number = index(of: weight)
        if let before = renewals[number] { graph.nodes[before.node].renewed[before.output] = nil }
        renewals[number] = (node, output)
        graph.nodes[node].renewed[output] = number
    }

    /// The values of a state: those that the step begins with, or what an earlier call of the step made of them.
    package func tensor(of state: RowState) -> SymbolicTensor {
        let spec = TensorSpec(state.shape)
        if let use = graph.states.first(where: { $0.state === state }) {
            let value = SymbolicTensor(use.next, spec: spec, in: self)
            // As between two steps, no gradient passes.
            return use.next == .input(use.input) ? value : stopGradient(value)
        }
        let tensor = input(spec)
        let index = graph.inputs.count - 1
        graph.states.append(OperationGraph.RowStateUse(state: state, input: index, next: .input(index)))
        return tensor
    }

    /// Makes a tensor `[batch, …]` what a state becomes when the step has succeeded.
    package func renew(_ state: RowState, with tensor: SymbolicTensor) {
        guard tensor.source === self, let value = tensor.value, tensor.spec == TensorSpec(state.shape),
            let index = graph.states.firstIndex(where: { $0.state === state })
        else {
            error = error ?? .shapes(requirement: "the new state to be \(state.shape)", received: [tensor.spec])
            return
        }
        graph.states[index].next = value
    }

    /// Adds a loss of each sample to the loss of the model: the mean of a tensor `[batch, …]` over its row.
    func addLoss(_ tensor: SymbolicTensor) {
        guard tensor.source === self, tensor.spec.isBatched, tensor.spec.rowsPerSample == 1 else {
            error = error ?? .shapes(requirement: "a loss [batch, …] of the layer's call", received: [tensor.spec])
            return
        }
        if let value = reshape(mean(tensor), [1]).value { graph.losses.append(value) }
    }

    /// A key for random numbers that no other draw of the model has.
    func randomKey() -> Int {
        defer { draws += 1 }
        // A key has 24 bits.
        return layer + draws << 16
    }
}
