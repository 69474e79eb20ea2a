import LockstepCompute
import LockstepGraph

/// Products of matrices, and sums of products.
extension KerasOperation {
    static let products: [KerasOperation] = [
        KerasOperation("Matmul", "numpy", ["x1", "x2"]) { call throws(LayerError) in
            if let matrix = try call.constant(1) { return try product(call, matrix) }
            return matmul(try call.tensor(0), try call.tensor(1))
        },
        KerasOperation("Dot", "numpy", ["x1", "x2"]) { call throws(LayerError) in
            guard let matrix = try call.constant(1) else {
                throw call.mistake(
                    "x2", "a matrix of numbers; a tensor would be multiplied across the batch", "a tensor")
            }
            return try product(call, matrix)
        },
        KerasOperation("Einsum", "numpy", [], ["subscripts": .null]) { call throws(LayerError) in
            try einsum(call)
        },
        KerasOperation("Cumsum", "numpy", ["x"], ["axis": .null, "dtype": .null]) { call throws(LayerError) in
            let x = try call.tensor()
            let axis = try call.axis(rank: x.spec.shape.rank)
            let n = x.spec.shape[axis]
            let sums = array((0..<n * n).map { $0 / n <= $0 % n ? 1 : 0 }, [n, n])
            return withLast(axis, of: x) { $0.applying(ProductOperation(), with: [sums])[0] }
        },
    ]

    /// The product of the last dimension with a matrix of numbers.
    private static func product(_ call: OperationCall, _ matrix: Tensor) throws(LayerError) -> SymbolicTensor {
        try call.require(matrix.shape.rank == 2, "x2", "a matrix or a tensor", "an array \(matrix.shape)")
        return try call.tensor(0).applying(ProductOperation(), with: [matrix])[0]
    }

    /// A factor of a sum of products, with the letter of each dimension. A constant has no batch.
    private struct Factor {
        var x: SymbolicTensor
        var labels: [Character]
    }

    /// The sum of products that an equation such as `bij,bkj->bik` describes. The first letter of each tensor and of the
    /// result is the batch.
    private static func einsum(_ call: OperationCall) throws(LayerError) -> SymbolicTensor {
        let equation = call.option("subscripts")
        let text = (equation.string ?? "").filter { $0 != " " }
        let sides = text.split(separator: "->", omittingEmptySubsequences: false)
        let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
        let refused = call.mistake(
            "subscripts",
            "one such as bij,bkj->bik: a letter for each dimension of the \(call.operands.count) operands, different ones "
                + "in each, and the batch first in each tensor and in the result", text)
        guard sides.count == 2, terms.count == call.operands.count, let batch = sides[1].first else { throw refused }
        var factors: [Factor] = []
        let first = try call.firstTensor()
        for (index, term) in terms.enumerated() {
            let constant = try call.constant(index)
            let x = if let constant { constant.tensor(in: first.trace) } else { try call.tensor(index) }
            let labels = constant == nil ? Array(term.dropFirst()) : term
            guard constant != nil || term.first == batch, labels.count == x.spec.shape.rank,
                Set(labels).count == labels.count, !labels.contains(batch), labels.allSatisfy(\.isLetter)
            else { throw refused }
            factors.append(Factor(x: x, labels: labels))
        }
        let output = Array(sides[1].dropFirst())
        var sizes: [Character: Int] = [:]
        for factor in factors {
            for (label, size) in zip(factor.labels, factor.x.spec.shape.dimensions) {
                guard sizes[label, default: size] == size else { throw refused }
                sizes[label] = size
            }
        }
        guard Set(output).count == output.count, output.allSatisfy({ sizes[$0] != nil }),
            factors.contains(where: { $0.x.spec.isBatched })
        else { throw refused }
        // A tensor comes first, so that each product has a batch.
        let start = factors.firstIndex { $0.x.spec.isBatched }!
        var product = factors.remove(at: start)
        for (index, factor) in factors.enumerated() {
            let later = Set(output + factors[(index + 1)...].flatMap(\.labels))
            product = multiplied(product, factor, keeping: later, sizes)
        }
        let kept = summed(product, keeping: Set(output))
        return transpose(kept.x, output.map { kept.labels.firstIndex(of: $0)! })
    }

    private static func summed(_ factor: Factor, keeping labels: Set<Character>) -> Factor {
        let axes = factor.labels.indices.filter { !labels.contains(factor.labels[$0]) }
        guard !axes.isEmpty else { return factor }
        return Factor(x: sum(factor.x, axes: axes), labels: factor.labels.filter(labels.contains))
    }

    /// The product of two factors, summed over the dimensions that nothing later needs.
    private static func multiplied(
        _ a: Factor, _ b: Factor, keeping later: Set<Character>, _ sizes: [Character: Int]
    ) -> Factor {
        guard b.x.spec.isBatched else {
            // Element by element, and then summed. The constant's dimensions come last.
            let (own, shared) = (
                a.labels.filter { !b.labels.contains($0) }, b.labels.filter { a.labels.contains($0) }
            )
            let turned = transpose(a.x, (own + shared).map { a.labels.firstIndex(of: $0)! })
            let labels = own + b.labels
            let product = reshape(turned, Shape(labels.map { a.labels.contains($0) ? sizes[$0]! : 1 })) * b.x
            return summed(Factor(x: product, labels: labels), keeping: later)
        }
        let (a, b) = (
            summed(a, keeping: later.union(b.labels)), summed(b, keeping: later.union(a.labels))
        )
        let common = a.labels.filter { b.labels.contains($0) && later.contains($0) }
        let inner = a.labels.filter { b.labels.contains($0) && !later.contains($0) }
        let (rows, columns) = (
            a.labels.filter { !b.labels.contains($0) }, b.labels.filter { !a.labels.contains($0) }
        )
        func matrices(_ factor: Factor, _ front: [Character], _ back: [Character]) -> SymbolicTensor {
            let turned = transpose(factor.x, (common + front + back).map { factor.labels.firstIndex(of: $0)! })
            func size(_ labels: [Character]) -> Int { labels.reduce(1) { $0 * sizes[$1]! } }
            return reshape(turned, Shape(common.map { sizes[$0]! } + [size(front), size(back)]))
        }
        let labels = common + rows + columns
        let product = matmul(matrices(a, rows, inner), matrices(b, inner, columns))
        return Factor(x: reshape(product, Shape(labels.map { sizes[$0]! })), labels: labels)
    }
}
