import LockstepCompute

/// A place in one workspace for every activation, cache and gradient of a batch of some rows.
///
/// Made once for a number of rows and for training or inference; a step then allocates nothing. Plans of one network share the
/// workspace, so only one of them holds a batch at a time.
public final class Plan {
    /// How the rows are summed.
    public let sums: RowSums
    public let training: Bool
    /// Where the batch's rows go before forward.
    public let input: Tensor
    /// The last layer's output after forward.
    public let output: Tensor
    /// What goes into the last layer's activation, where the loss takes it.
    public let logits: Tensor?
    /// Where the loss puts its gradient before backward; of the output's shape. Empty in a plan for inference.
    public let outputGradient: Tensor
    /// The micro-shards' rows of the last output, and where the loss puts their gradients, if anywhere.
    public let leaves: [Leaf]

    public struct Leaf {
        public let output: Tensor
        public let logits: Tensor?
        public let gradient: Tensor?
    }

    public var rows: Int { sums.rows }

    /// The passes of the layers that compute something, in order, with their layers.
    let forwards: [(layer: any Layer, pass: Forward)]
    let backwards: [BackwardStep]

    /// One layer's backward, and the sums of gradients that branches contribute.
    final class BackwardStep {
        let layer: any Layer
        let layerIndex: Int
        /// Nil for a layer whose gradient passes through untouched, and lies where it should but for the copies and additions below.
        let pass: Backward?
        let copy: (from: Tensor, to: Tensor)?
        let additions: [(part: Tensor, sum: Tensor)]

        init(
            layer: any Layer, layerIndex: Int, pass: Backward?, copy: (from: Tensor, to: Tensor)?,
            additions: [(part: Tensor, sum: Tensor)]
        ) {
            self.layer = layer
            self.layerIndex = layerIndex
            self.pass = pass
            self.copy = copy
            self.additions = additions
        }
    }

    /// - Parameter workspace: gives memory of at least the size asked for.
    init(graph: Graph, sums: RowSums, training: Bool, isBeforeActivation: Bool, context: StepContext, workspace: (Int) -> FloatBuffer) {
        let rows = sums.rows
        let layout = PlanLayout(graph: graph, sums: sums, training: training, isBeforeActivation: isBeforeActivation)
        let (offsets, size) = layout.map.place()
        let memory = workspace(size)
        let nodes = graph.nodes
        let last = nodes.count - 1

        func tensor(_ request: Int, _ shape: Shape) -> Tensor { Tensor(memory, at: offsets[request], shape: shape) }
        let outputs = nodes.indices.map { tensor(layout.outputs[$0], nodes[$0].shape.rows(rows)) }
        let caches = nodes.indices.map { index in
            zip(layout.caches[index], layout.memories[index].caches).map { tensor($0, $1) }
        }
        let sumsOverRows = nodes.indices.map { index in
            zip(layout.sumsOverRows[index], layout.memories[index].sums).map { tensor($0, [sums.leaves, $1]) }
        }
        func gradient(_ index: Int) -> Tensor? {
            guard training, let request = layout.gradients[index] else { return nil }
            return tensor(request, nodes[index].shape.rows(rows))
        }

        self.sums = sums
        self.training = training
        input = outputs[0]
        let output = layout.activatedOutput.map { tensor($0, nodes[last].shape.rows(rows)) } ?? outputs[last]
        let logits = isBeforeActivation ? outputs[last] : nil
        (self.output, self.logits) = (output, logits)
        let outputGradient = gradient(last) ?? Tensor(FloatBuffer(count: 0), shape: [0])
        self.outputGradient = outputGradient
        leaves = zip(sums.bounds, sums.bounds.dropFirst()).map { first, last in
            Leaf(
                output: output.rows(first..<last), logits: logits?.rows(first..<last),
                gradient: training ? outputGradient.rows(first..<last) : nil)
        }
        forwards = nodes.indices.dropFirst().filter { !layout.memories[$0].outputSharesInput }.map { index in
            let pass = Forward(
                inputs: nodes[index].inputs.map { outputs[$0] }, output: outputs[index], caches: caches[index],
                sumsOverRows: sumsOverRows[index], sums: sums, training: training,
                layerIndex: index, isBeforeActivation: isBeforeActivation && index == last, context: context)
            return (nodes[index].layer, pass)
        }
        backwards =
            !training
            ? []
            : nodes.indices.reversed().filter { layout.needsGradient[$0] }.map { index in
                let shares = layout.memories[index].outputSharesInput
                var inputGradients: [Tensor?] = []
                var additions: [(part: Tensor, sum: Tensor)] = []
                var copy: (from: Tensor, to: Tensor)?
                for (input, contribution) in zip(nodes[index].inputs, layout.contributions[index]) {
                    switch contribution {
                    case .none: inputGradients.append(nil)
                    case .direct:
                        inputGradients.append(gradient(input)!)
                        if shares { copy = (gradient(index)!, gradient(input)!) }
                    case .added(let request):
                        let part = shares ? gradient(index)! : tensor(request, nodes[input].shape.rows(rows))
                        inputGradients.append(part)
                        additions.append((part, gradient(input)!))
                    }
                }
                let pass = Backward(
                    inputs: nodes[index].inputs.map { outputs[$0] }, output: outputs[index], outputGradient: gradient(index)!,
                    isBeforeActivation: isBeforeActivation && index == last, inputGradients: inputGradients, caches: caches[index],
                    sumsOverRows: sumsOverRows[index], sums: sums, context: context)
                return BackwardStep(
                    layer: nodes[index].layer, layerIndex: index, pass: shares ? nil : pass, copy: copy, additions: additions)
            }
    }
}
