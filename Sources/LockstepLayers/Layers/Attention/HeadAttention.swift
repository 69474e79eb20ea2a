import LockstepCompute
import LockstepGraph

/// A layer of attention in several heads. Each input is projected to heads, and the results are projected to the
/// output.
protocol HeadAttention: Layer {
    var dropout: Double { get }
    var useBias: Bool { get }
    var useGate: Bool { get }
    var slidingWindow: Int? { get }
    var useCausalMask: Bool { get }
    var kernelInitializer: Initializer { get }
    var biasInitializer: Initializer { get }
    var kernelRegularizer: Regularizer? { get }
    var biasRegularizer: Regularizer? { get }
    var kernelConstraint: Constraint? { get }
    var biasConstraint: Constraint? { get }
}

/// A product with a kernel of several dimensions, and a bias.
struct HeadProjection {
    let kernel: Weight
    let bias: Weight?
}

extension HeadAttention {
    /// Checks the arguments that all such layers have.
    func checkAttention(_ inputs: [Shape], sizes: [(name: String, value: Int)]) throws(LayerError) {
        guard (2...4).contains(inputs.count) else {
            throw .inputCount(layer: name, expected: 2, received: inputs.count)
        }
        for (argument, size) in sizes + (slidingWindow.map { [("slidingWindow", $0)] } ?? []) where size < 1 {
            throw .argument(layer: name, name: argument, requirement: "positive", received: "\(size)")
        }
        guard dropout >= 0, dropout <= 1 else {
            throw .argument(layer: name, name: "dropout", requirement: "from 0 to 1", received: "\(dropout)")
        }
    }

    /// Declares the weights of a projection from some dimensions to others.
    func projection(
        _ name: String, in attribute: String, _ inputs: [Int], _ outputs: [Int], _ weights: inout WeightList
    ) throws(LayerError) -> HeadProjection {
        let part = WeightPart(attribute, name: name)
        let axes = Array(0..<inputs.count + outputs.count)
        let initializer = kernelInitializer.with(
            axes: .init(input: Array(axes.prefix(inputs.count)), output: Array(axes.dropFirst(inputs.count))))
        let kernel = try weights.add(
            "kernel", Shape(inputs + outputs), initializer, regularizer: kernelRegularizer,
            constraint: kernelConstraint, in: part)
        guard useBias else { return HeadProjection(kernel: kernel, bias: nil) }
        let bias = try weights.add(
            "bias", Shape(outputs), biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint, in: part)
        return HeadProjection(kernel: kernel, bias: bias)
    }

    /// The product of the last dimension with a projection's kernel, and its bias. As in Keras, the activity
    /// regularizer looks at what a projection gives.
    func project(_ x: SymbolicTensor, _ projection: HeadProjection, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let result = matmul(x, projection.kernel, bias: projection.bias)
        if let regularizer = properties.activityRegularizer {
            try call.addPenalty(regularizer, of: [result], layer: name)
        }
        return result
    }

    /// The factors of the heads' results, by a projection of the query.
    func gateFactors(
        _ query: SymbolicTensor, _ projection: HeadProjection, _ call: Call
    ) throws(LayerError) -> SymbolicTensor {
        let result = sigmoid(matmul(query, projection.kernel, bias: projection.bias))
        if let regularizer = properties.activityRegularizer {
            try call.addPenalty(regularizer, of: [result], layer: name)
        }
        return result
    }

    /// How much of each value every element of the query gets: softmax of scores `[…, query, value]`, where the causal
    /// mask, the window and the masks of the inputs leave pairs out.
    ///
    /// - Parameters:
    ///   - masks: 1 for a pair that counts, else 0; broadcast to the scores. Nil: all count.
    ///   - isFused: whether Keras computes it as one operation. An element of the query that may attend to nothing then
    ///     gets the mean of all values, else zero.
    func attentionWeights(_ scores: SymbolicTensor, masks: SymbolicTensor?, isFused: Bool) -> SymbolicTensor {
        if masks == nil, slidingWindow == nil { return softmax(useCausalMask ? causalMask(scores) : scores) }
        let dimensions = scores.spec.shape.dimensions.suffix(2)
        let places = attendedPlaces(
            query: dimensions.first!, value: dimensions.last!, isCausal: useCausalMask, window: slidingWindow)
        guard let masks else {
            guard let places else { return softmax(scores) }
            let weights = softmax(scores * places + (places - 1) * 1e9)
            return isFused ? weights : weights * places
        }
        let counts = places.map { masks * $0 } ?? masks
        let weights = softmax(scores * counts + (1 - counts) * -1e9)
        return isFused ? weights : weights * counts
    }

    /// For each pair of an element of the query and an element of the value, whether their masks, the key's and the
    /// attention mask let both count; nil if there are no masks.
    ///
    /// - Parameters:
    ///   - axes: the dimensions of the row over which attention goes.
    ///   - scores: the shape of the scores `[others…, heads, query, value]`; the result is broadcast to it.
    func pairMask(_ inputs: [SymbolicTensor], axes: [Int], scores: Shape) throws(LayerError) -> SymbolicTensor? {
        var result = try attentionMask(inputs, axes: axes, scores: scores)
        for (place, input) in inputs.prefix(3).enumerated() where input.mask != nil {
            guard axes.count == 1 else {
                throw .mask(
                    layer: name, requirement: "not be where several dimensions are attended to",
                    received: input.mask!.spec.shape)
            }
            let front = Array(input.spec.shape.dimensions.prefix(axes[0] + 1))
            let mask = try mask(of: input, Shape(front))!
            // The order is: the dimensions before the axis, those after it, the heads, the elements of the query, the
            // elements of the value.
            let others = [Int](repeating: 1, count: input.spec.shape.rank - 1 - axes[0])
            let turned = reshape(
                mask, Shape(front.dropLast() + others + (place == 0 ? [front.last!, 1] : [1, front.last!])))
            result = result.map { $0 * turned } ?? turned
        }
        return result
    }

    /// The fourth input, 0 for pairs that do not count, in the order of the scores; nil if there is none.
    ///
    /// Its row has the dimensions of the query and those of the value over which attention goes, and may have the heads
    /// and the others in front of them.
    private func attentionMask(_ inputs: [SymbolicTensor], axes: [Int], scores: Shape) throws(LayerError)
        -> SymbolicTensor?
    {
        guard inputs.count == 4 else { return nil }
        let row = inputs[3].spec.shape
        let lengths = axes.map { inputs[0].spec.shape[$0] } + axes.map { inputs[1].spec.shape[$0] }
        let front = row.dimensions.dropLast(lengths.count)
        let missing = scores.rank - 2 - front.count
        let turned = Shape(front + [Int](repeating: 1, count: max(missing, 0)) + scores.dimensions.suffix(2))
        guard missing >= 0, row.dimensions.suffix(lengths.count) == lengths[...],
            Shape.broadcast(turned, scores) == scores
        else {
            throw .input(
                layer: name, requirement: "have an attention mask of the dimensions \(lengths) of query and value",
                received: row)
        }
        return reshape(unequal(inputs[3], 0), turned)
    }
}

/// 1 where an element of the query may attend to an element of the value because of their places, else 0:
/// `[query, value]`. Nil if all may.
///
/// - Parameters:
///   - isCausal: whether no element attends to later ones.
///   - window: an element attends to those that are fewer than this number of places away. Nil: to all.
func attendedPlaces(query: Int, value: Int, isCausal: Bool, window: Int? = nil) -> Tensor? {
    guard isCausal || window != nil else { return nil }
    let places = Tensor.zeros([query, value])
    for row in 0..<query {
        for column in 0..<value where (!isCausal || column <= row) && Swift.abs(row - column) < window ?? .max {
            places[row, column] = 1
        }
    }
    return places
}
