import LockstepCompute
import LockstepGraph

/// Operations that reduce dimensions of the row.
extension KerasOperation {
    private static func reduction(
        _ name: String, _ module: String = "numpy", _ options: [String: ConfigurationValue] = [:],
        _ function: @escaping @Sendable (SymbolicTensor, [Int], Bool) -> SymbolicTensor
    ) -> KerasOperation {
        let all = options.merging(["axis": .null, "keepdims": false]) { $1 }
        return KerasOperation(name, module, ["x"], all) { call throws(LayerError) in
            let x = try call.tensor()
            try call.require(call.option("initial") == .null, "initial", "None", call.option("initial"))
            return function(x, try call.axes(rank: x.spec.shape.rank), call.flag("keepdims"))
        }
    }

    /// The place of an extreme along one dimension.
    private static func place(
        _ name: String, _ function: @escaping @Sendable (SymbolicTensor) -> SymbolicTensor
    ) -> KerasOperation {
        KerasOperation(name, "numpy", ["x"], ["axis": .null, "keepdims": false]) { call throws(LayerError) in
            let x = try call.tensor()
            let axis = try call.axis(rank: x.spec.shape.rank)
            let places = cast(argmax(function(lastMoved(axis, of: x))), to: .int32)
            return call.flag("keepdims") ? expanded(places, axis) : places
        }
    }

    private static func variance(_ x: SymbolicTensor, _ axes: [Int], _ keepDims: Bool) -> SymbolicTensor {
        mean(square(x - mean(x, axes: axes, keepDims: true)), axes: axes, keepDims: keepDims)
    }

    static let reductions: [KerasOperation] = [
        reduction("Mean") { mean($0, axes: $1, keepDims: $2) }, reduction("Sum") { sum($0, axes: $1, keepDims: $2) },
        reduction("Max", "numpy", ["initial": .null]) { max($0, axes: $1, keepDims: $2) },
        reduction("Min", "numpy", ["initial": .null]) { min($0, axes: $1, keepDims: $2) },
        reduction("Amax") { max($0, axes: $1, keepDims: $2) }, reduction("Amin") { min($0, axes: $1, keepDims: $2) },
        reduction("Ptp") { max($0, axes: $1, keepDims: $2) - min($0, axes: $1, keepDims: $2) },
        reduction("Var") { variance($0, $1, $2) }, reduction("Std") { sqrt(variance($0, $1, $2)) },
        reduction("Any") { max(unequal($0, 0), axes: $1, keepDims: $2) },
        reduction("All") { min(unequal($0, 0), axes: $1, keepDims: $2) },
        KerasOperation("CountNonzero", "numpy", ["x"], ["axis": .null]) { call throws(LayerError) in
            let x = try call.tensor()
            return sum(unequal(x, 0), axes: try call.axes(rank: x.spec.shape.rank))
        },
        reduction("Prod", "numpy", ["dtype": .null]) { x, axes, keepDims in
            // Element by element, because logarithms would need positive ones.
            let product = axes.reduce(x) { product, axis in
                (1..<Swift.max(product.spec.shape[axis], 1)).reduce(slice(product, axis: axis, 0..<1)) {
                    $0 * slice(product, axis: axis, $1..<$1 + 1)
                }
            }
            return keepDims ? product : sum(product, axes: axes)
        },
        reduction("Logsumexp", "math") { x, axes, keepDims in
            let largest = stopGradient(max(x, axes: axes, keepDims: true))
            let total = log(sum(exp(x - largest), axes: axes, keepDims: true)) + largest
            return keepDims ? total : sum(total, axes: axes)
        },
        place("Argmax") { $0 }, place("Argmin") { -$0 },
        KerasOperation(
            "Moments", "nn", ["x"], ["axes": .null, "keepdims": false, "synchronized": false], outputs: { _ in 2 },
            apply: { call throws(LayerError) in
                let x = try call.tensor()
                try call.require(
                    !call.flag("synchronized"), "synchronized", "false: the moments of rows",
                    call.option("synchronized"))
                let (axes, keepDims) = (try call.axes("axes", rank: x.spec.shape.rank), call.flag("keepdims"))
                return [mean(x, axes: axes, keepDims: keepDims), variance(x, axes, keepDims)]
            }),
        KerasOperation(
            "TopK", "math", ["x"], ["k": .null, "sorted": true], outputs: { _ in 2 },
            apply: { call throws(LayerError) in
                let (x, k) = (try call.tensor(), try call.integer("k"))
                let count = x.spec.shape.last ?? 0
                try call.require((1...Swift.max(count, 1)).contains(k), "k", "from 1 to \(count)", k)
                let lowest = Tensor([-Float.infinity]).tensor(in: x.trace)
                let numbers = Tensor((0..<count).map(Float.init))
                var (rest, values, places): (SymbolicTensor, [SymbolicTensor], [SymbolicTensor]) = (x, [], [])
                for _ in 0..<k {
                    let chosen = largest(1, of: rest)
                    values.append(sum(select(chosen, x, 0 * chosen), axes: [-1], keepDims: true))
                    places.append(sum(chosen * numbers, axes: [-1], keepDims: true))
                    rest = select(chosen, lowest, rest)
                }
                return [concatenate(values), cast(concatenate(places), to: .int32)]
            }),
        KerasOperation("Normalize", "nn", ["x"], ["axis": -1, "order": 2, "epsilon": .null]) {
            call throws(LayerError) in
            let x = try call.tensor()
            let (axes, order) = (try call.axes(rank: x.spec.shape.rank), try call.integer("order"))
            try call.require(order >= 1, "order", "at least 1", order)
            let epsilon = call.option("epsilon") == .null ? 1e-7 : try call.number("epsilon")
            if order == 2 {
                return x * minimum(rsqrt(sum(square(x), axes: axes, keepDims: true)), 1 / epsilon)
            }
            let norm = pow(sum(pow(abs(x), Float(order)), axes: axes, keepDims: true), 1 / Float(order))
            return x / maximum(norm, epsilon)
        },
    ]
}
