import LockstepCompute
import LockstepGraph

/// A layer with a kernel and a bias, whose product an equation describes: `y = activation(einsum(x, kernel) + bias)`.
///
/// In the equation, such as `abc,cd->abd`, each letter is a dimension of the input, the kernel and the output. The
/// first is the batch, which the kernel does not have. Products are summed over the dimensions that the output does not
/// have. An ellipsis, `...x,xy->...y` or `bx...,xy->by...`, stands for any further dimensions.
///
/// Weights: `kernel` (default Glorot uniform) with the dimensions of the equation, and with `biasAxes` a `bias` (zeros)
/// with these dimensions of the output. A kernel whose summed dimensions come first, as in `abc,cde->abde`, is
/// multiplied as a matrix; any other one element by element, which takes more time and memory. With `loraRank` the
/// layer learns a change of low rank in place of its kernel (`LowRankAdaptation`).
///
///     model.add(EinsumDense("abc,cd->abd", outputShape: [nil, 64], biasAxes: "d"))
public final class EinsumDense: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var equation: String
    /// The output's dimensions without the batch and those of the ellipsis; nil for those of the input.
    @Configured public private(set) var outputShape: [Int?]
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var biasAxes: String?
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var kernelRegularizer: Regularizer?
    @Configured public private(set) var biasRegularizer: Regularizer?
    @Configured public private(set) var kernelConstraint: Constraint?
    @Configured public private(set) var biasConstraint: Constraint?
    public private(set) var lora: LowRankAdaptation
    public private(set) var kernel: Weight!
    public private(set) var bias: Weight?

    /// - Parameters:
    ///   - outputShape: the output's dimensions without the batch and those of the ellipsis; nil for those of the
    ///     input.
    ///   - biasAxes: the letters of the output's dimensions that the bias has; nil: no bias.
    public init(
        _ equation: String, outputShape: [Int?], activation: ActivationFunction = .linear, biasAxes: String? = nil,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        kernelRegularizer: Regularizer? = nil, biasRegularizer: Regularizer? = nil,
        activityRegularizer: Regularizer? = nil, kernelConstraint: Constraint? = nil,
        biasConstraint: Constraint? = nil, loraRank: Int? = nil, loraAlpha: Double? = nil, name: String = ""
    ) {
        self.equation = equation
        self.outputShape = outputShape
        self.activation = activation
        self.biasAxes = biasAxes
        self.kernelInitializer = kernelInitializer
        self.biasInitializer = biasInitializer
        self.kernelRegularizer = kernelRegularizer
        self.biasRegularizer = biasRegularizer
        self.kernelConstraint = kernelConstraint
        self.biasConstraint = biasConstraint
        lora = LowRankAdaptation(rank: loraRank, alpha: loraAlpha)
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        if case .integer(let size) = arguments["output_shape"] { arguments["output_shape"] = [.integer(size)] }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("equation"), outputShape: try arguments.value("output_shape"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let (equation, sizes) = try parsed(try single(inputs))
        let output = Shape(equation.output.dropFirst().map { sizes[$0]! })
        guard activation.outputShape(output) != nil else {
            throw .argument(
                layer: name, name: "activation", requirement: "one that takes the output \(output)",
                received: "\(activation)")
        }
        kernel = try weights.add(
            "kernel", Shape(equation.kernel.map { sizes[$0]! }), initializer(for: equation),
            regularizer: kernelRegularizer, constraint: kernelConstraint, role: lora.role)
        bias = if let biasAxes { try addBias(biasAxes, equation, sizes, &weights) } else { nil }
        try lora.build(kernel, of: self, &weights)
    }

    private func addBias(
        _ biasAxes: String, _ equation: EinsumEquation, _ sizes: [EinsumEquation.Label: Int],
        _ weights: inout WeightList
    ) throws(LayerError) -> Weight {
        guard let axes = equation.bias(biasAxes) else {
            throw .argument(
                layer: name, name: "biasAxes",
                requirement: "letters of the output of \(self.equation) behind the batch", received: biasAxes)
        }
        return try weights.add(
            "bias", Shape(axes.map { $0.isOwn ? sizes[$0.label]! : 1 }), biasInitializer, regularizer: biasRegularizer,
            constraint: biasConstraint)
    }

    /// As in Keras, the fan out of the kernel are the dimensions that the output has, and the fan in the others.
    private func initializer(for equation: EinsumEquation) -> Initializer {
        let axes = equation.kernel.indices
        return kernelInitializer.with(
            axes: .init(
                input: axes.filter { !equation.output.contains(equation.kernel[$0]) },
                output: axes.filter { equation.output.contains(equation.kernel[$0]) }))
    }

    private func parsed(_ row: Shape) throws(LayerError) -> (EinsumEquation, sizes: [EinsumEquation.Label: Int]) {
        guard let parsed = EinsumEquation(equation, rank: row.rank + 1) else {
            throw .argument(
                layer: name, name: "equation",
                requirement: "one such as ab,bc->ac for the input [batch\(row.dimensions.map { ", \($0)" }.joined())]",
                received: equation)
        }
        guard let sizes = parsed.sizes(row: row, given: outputShape) else {
            throw .argument(
                layer: name, name: "outputShape",
                requirement: "a size, or nil for the input's, for each dimension of the output of \(equation), for a "
                    + "row \(row)",
                received: "\(outputShape.configurationValue)")
        }
        return (parsed, sizes)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let x = inputs[0]
        let (equation, sizes) = try parsed(x.spec.shape)
        let (labels, output) = (Array(equation.input.dropFirst()), Array(equation.output.dropFirst()))
        let y = try lora { _ in
            product(x, labels, kernel, equation.kernel, to: output, sizes)
        } change: {
            change(x, equation, a: $0, b: $1, sizes)
        }
        let sum = bias.map { y + $0 } ?? y
        return [activation == .linear ? sum : LockstepGraph.activation(activation, sum)]
    }

    /// The product with `a·b` in place of the kernel. The sums over the rank come as late as they can.
    private func change(
        _ x: SymbolicTensor, _ equation: EinsumEquation, a: Weight, b: Weight, _ known: [EinsumEquation.Label: Int]
    ) -> SymbolicTensor {
        let (labels, output) = (Array(equation.input.dropFirst()), Array(equation.output.dropFirst()))
        guard let last = equation.kernel.last else { return x }
        let sizes = known.merging([.rank: b.shape[0]]) { $1 }
        let (aLabels, bLabels) = (Array(equation.kernel.dropLast()) + [.rank], [.rank, last])
        if !output.contains(last) {
            // The columns of the kernel are summed.
            let columns = labels.map { $0 == last ? .rank : $0 }
            return product(product(x, labels, b, bLabels, to: columns, sizes), columns, a, aLabels, to: output, sizes)
        }
        let inner = output.filter { $0 != last || labels.contains(last) } + [.rank]
        return product(product(x, labels, a, aLabels, to: inner, sizes), inner, b, bLabels, to: output, sizes)
    }

    /// The sums of the products of x and a weight over the dimensions that the output does not have. Each of the three
    /// has its labels, without the batch.
    private func product(
        _ x: SymbolicTensor, _ labels: [EinsumEquation.Label], _ weight: Weight, _ kernel: [EinsumEquation.Label],
        to output: [EinsumEquation.Label], _ sizes: [EinsumEquation.Label: Int]
    ) -> SymbolicTensor {
        let alone = labels.indices.filter { !kernel.contains(labels[$0]) && !output.contains(labels[$0]) }
        let x = alone.isEmpty ? x : sum(x, axes: alone)
        let present = labels.filter { kernel.contains($0) || output.contains($0) }
        let free = present.filter { !kernel.contains($0) }
        // The dimensions that input and kernel have, in the kernel's order.
        let common = kernel.filter(present.contains)
        let turned = transpose(x, (free + common).map { present.firstIndex(of: $0)! })
        func shape(_ labels: [EinsumEquation.Label]) -> Shape { Shape(labels.map { sizes[$0]! }) }
        func ordered(_ x: SymbolicTensor, _ labels: [EinsumEquation.Label]) -> SymbolicTensor {
            transpose(x, output.map { labels.firstIndex(of: $0)! })
        }
        if common == Array(kernel.prefix(common.count)), common.allSatisfy({ !output.contains($0) }) {
            let new = Array(kernel.dropFirst(common.count))
            let matrix: Shape = [shape(common).count, shape(new).count]
            let rows = reshape(turned, Shape(shape(free).dimensions + [matrix[0]]))
            let product = rows.applying(ProductOperation(matrix: matrix), with: [weight])[0]
            return ordered(reshape(product, shape(free + new)), free + new)
        }
        let spread = shape(free).dimensions + kernel.map { common.contains($0) ? sizes[$0]! : 1 }
        let products = reshape(turned, Shape(spread)) * weight
        let kept = kernel.filter(output.contains)
        let summed = kernel.indices.filter { !output.contains(kernel[$0]) }.map { $0 + free.count }
        return ordered(summed.isEmpty ? products : sum(products, axes: summed), free + kept)
    }
}
