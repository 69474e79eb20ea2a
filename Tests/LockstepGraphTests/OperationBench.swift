import LockstepCompute
import LockstepGraph

/// What is computed of inputs and weights by operations, as a layer's `call` would.
struct OperationCase: Sendable, CustomStringConvertible {
    let description: String
    /// The rows of the inputs, and behind them the weights.
    let inputs, weights: [Shape]
    /// Elements lie between ½ and 2; else around 0.
    let isPositive: Bool
    let describe: @Sendable (_ inputs: [SymbolicTensor], _ weights: [Weight]) -> SymbolicTensor
    /// The same of one row of the inputs, and the weights behind them.
    let oracle: @Sendable ([Naive]) -> Naive

    init(
        _ description: String, _ inputs: [Shape], weights: [Shape] = [], isPositive: Bool = false,
        _ describe: @escaping @Sendable (_ inputs: [SymbolicTensor], _ weights: [Weight]) -> SymbolicTensor,
        oracle: @escaping @Sendable ([Naive]) -> Naive
    ) {
        (self.description, self.inputs, self.weights, self.isPositive) = (description, inputs, weights, isPositive)
        (self.describe, self.oracle) = (describe, oracle)
    }

    /// Numbers for a tensor of the case.
    func numbers(_ shape: Shape, seed: UInt64) -> Tensor {
        isPositive ? Tensor.uniform(shape, low: 0.5, high: 2, seed: seed) : Tensor.normal(shape, seed: seed)
    }
}

/// The operations of a case with gradients for the inputs too, ready to compute.
final class OperationBench {
    struct Result {
        let y: Tensor
        let dx: [Tensor]
        /// For each weight, one for each part of the sums.
        let gradients: [[Tensor]]
    }

    private let network: Network
    private let arena: Arena
    private let weights: [Weight]
    private let taps: [Tap]
    private let crew: Crew

    init(
        _ item: OperationCase, threads: Int, set: InstructionSet = InstructionSet.available.last!,
        rewrites: Set<Rewrite> = Set(Rewrite.allCases), fillsDeadMemory: Bool = false
    ) throws {
        func weight(_ name: String, _ shape: Shape) -> Weight {
            Weight(name: name, shape: shape, role: .trainable) { _, _, _ in }
        }
        let trace = Trace()
        trace.begin("layer", weights: [])
        let taps = item.inputs.map { _ in Tap() }
        let unused = item.inputs.map { _ in weight("unused", [1]) }
        weights = item.weights.enumerated().map { weight("weight \($0)", $1) }
        let inputs = item.inputs.enumerated().map { index, shape in
            trace.input(TensorSpec(shape)).applying(taps[index], with: [unused[index]])[0]
        }
        let output = item.describe(inputs, weights)
        if let error = trace.error { throw error }
        trace.finish([output])
        self.taps = taps
        arena = Arena(unused + weights)
        crew = try Crew(threads: threads, instructionSet: set)
        network = Network(
            training: [trace.graph.rewritten(by: rewrites).withUpstream],
            inference: trace.graph.rewritten(by: rewrites, forInference: true),
            arena: arena, context: StepContext(crew: crew, seed: 1))
        network.fillsDeadMemory = fillsDeadMemory
    }

    /// - Parameter dy: makes the upstream gradient for the output's shape.
    func run(_ inputs: [Tensor], _ values: [Tensor], dy: (Shape) -> Tensor, sums: RowPartition? = nil) -> Result {
        let sums = sums ?? RowPartition(rows: inputs[0].rowCount)
        arena.moveToOwn(parts: sums.parts.count)
        for (weight, value) in zip(weights, values) { weight.value.assign(value) }
        let plan = network.plan(sums, .training())
        for parts in arena.gradientParts { parts.fill(.nan) }
        crew.together {
            for (place, input) in zip(plan.inputs, inputs) { place.assign(input) }
            network.forward(plan)
        }
        let y = plan.output.copy()
        crew.together {
            network.backward(plan, from: dy(y.shape))
        }
        // Nothing comes back to what a mask is made of.
        let dx = zip(taps, inputs).map { $0.kept.gradient ?? .zeros($1.shape) }
        return Result(y: y, dx: dx, gradients: weights.map { $0.gradients.map { $0.copy() } })
    }

    /// The operations of a training step, without those that keep the inputs' gradients.
    var lengths: (forward: Int, backward: Int) {
        let (forward, backward) = network.plan(rows: 3, .training()).lengths
        return (forward - taps.count, backward - taps.count)
    }

    /// The operations of inference, without those that keep the inputs' gradients.
    var inferenceLength: Int { network.plan(rows: 3, .inference).lengths.forward - taps.count }

    /// The output in inference.
    ///
    /// - Parameter values: of the weights; nil for those of the last run.
    func inference(_ inputs: [Tensor], _ values: [Tensor]? = nil) -> Tensor {
        for (weight, value) in zip(weights, values ?? []) { weight.value.assign(value) }
        let plan = network.plan(rows: inputs[0].rowCount, .inference)
        crew.together {
            for (place, input) in zip(plan.inputs, inputs) { place.assign(input) }
            network.forward(plan)
        }
        return plan.output.copy()
    }
}

/// Passes rows on, and keeps the gradient that comes back; its weight makes somebody ask for that.
private struct Tap: LockstepGraph.Operation {
    final class Kept { var gradient: Tensor? }
    let kept = Kept()

    func outputs(_ inputs: [TensorSpec]) -> [TensorSpec] { [inputs[0]] }
    func forward(_ pass: ForwardPass) { pass.outputs[0].assign(pass.inputs[0]) }
    func backward(_ pass: BackwardPass) {
        kept.gradient = pass.outputGradient.copy()
        pass.sumOverRows(1) { $1.fill(0) }
    }
}
