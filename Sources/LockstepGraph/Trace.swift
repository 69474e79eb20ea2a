import LockstepCompute

/// The operations of a model while its layers, one after another, apply them.
public final class Trace: SymbolicSource {
    package private(set) var graph = OperationGraph()
    private var indices: [ObjectIdentifier: Int] = [:]
    /// The layer call under way.
    private var layer = 0
    private var draws = 0
    /// The first thing that did not fit in the call under way. Operators cannot throw, so it waits until the call returns.
    package private(set) var error: OperationError?

    package init() {}

    /// Declares an input of the model.
    package func input(_ spec: TensorSpec) -> SymbolicTensor {
        graph.inputs.append(spec)
        return SymbolicTensor(.input(graph.inputs.count - 1), spec: spec, in: self)
    }

    func tensor(of weight: Weight) -> SymbolicTensor {
        let index = indices[ObjectIdentifier(weight)] ?? graph.weights.count
        if index == graph.weights.count {
            graph.weights.append(weight)
            indices[ObjectIdentifier(weight)] = index
        }
        return SymbolicTensor(.weight(index), spec: TensorSpec(weight.shape, isBatched: false), in: self)
    }

    /// Begins the `call` of the model graph's layer call of this number.
    package func begin(_ layer: Int) { (self.layer, draws, error) = (layer, 0, nil) }

    /// Says which tensors the model gives. One that is given twice is two values, each with a gradient of its own.
    package func finish(_ outputs: [SymbolicTensor]) {
        for output in outputs {
            let isGiven = graph.outputs.contains(output.value!)
            let value = isGiven ? apply(ReshapeOperation(output.spec.shape), to: [output])[0].value! : output.value!
            graph.outputs.append(value)
        }
    }

    /// Applies an operation.
    ///
    /// What does not fit is an error of the layer that calls it; until it is thrown, outputs have the first input's spec.
    public func apply(_ operation: any Operation, to operands: [any Operand]) -> [SymbolicTensor] { apply(to: operands) { _ in operation } }

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
            guard specs.isEmpty || specs.contains(where: \.isBatched) else { throw OperationError.onlyWeights(received: specs) }
            let operation = try make(specs)
            let outputs = try operation.outputs(specs)
            let node = OperationGraph.Node(operation: operation, inputs: inputs.map { $0.value! }, outputs: outputs, layer: layer)
            graph.nodes.append(node)
            let number = graph.nodes.count - 1
            return outputs.enumerated().map { SymbolicTensor(.output(node: number, index: $0), spec: $1, in: self) }
        } catch {
            self.error = self.error ?? error
            return [inputs.first ?? unusable]
        }
    }

    /// What an operation gives that could not be applied; the call ends with an error.
    private var unusable: SymbolicTensor { SymbolicTensor(.input(0), spec: TensorSpec([]), in: self) }

    /// Makes a tensor what a weight becomes when the step has succeeded.
    func renew(_ weight: Weight, with tensor: SymbolicTensor) {
        guard tensor.source === self, case .output(let node, let index) = tensor.value, tensor.spec.shape == weight.shape,
            !tensor.spec.isBatched, case .weight(let number) = self.tensor(of: weight).value
        else {
            error = error ?? .shapes(requirement: "the new value of \(weight.name) to be \(weight.shape)", received: [tensor.spec])
            return
        }
        graph.nodes[node].renewed[index] = number
    }

    /// A key for random numbers that no other draw of the model has.
    func randomKey() -> Int {
        defer { draws += 1 }
        return layer + draws << 32
    }
}

/// What a layer's `call` knows beside its inputs.
public struct Call {
    /// Where the operations go.
    public let trace: Trace
    /// Whether the model trains.
    public let training: Bool

    package init(trace: Trace, training: Bool) {
        self.trace = trace
        self.training = training
    }

    /// The call as it is in inference.
    package var inference: Call { Call(trace: trace, training: false) }

    /// Makes a tensor what a weight becomes when the training step has succeeded: moving means, for example.
    public func renew(_ weight: Weight, with tensor: SymbolicTensor) { trace.renew(weight, with: tensor) }

    /// A key for random numbers, by the layer's place in the model and the draw's in the layer.
    package func randomKey() -> Int { trace.randomKey() }
}
