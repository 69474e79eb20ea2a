import LockstepCompute
import LockstepGraph

/// How often each class was found for each class: `classes × classes` sums, targets by outputs.
struct ConfusionMatrix: MetricCounts {
    let classes: Int
    let ignored: Int?
    /// Whether targets and outputs are class numbers. If not, the largest of the last dimension is the class.
    let hasTargetNumbers, hasOutputNumbers: Bool

    private var count: Int { classes * classes }
    func sumCount(outputs: Shape) -> Int { count }

    func accepts(targets: Shape, outputs: Shape) -> Bool {
        let (targetWidth, outputWidth) = (hasTargetNumbers ? 1 : classes, hasOutputNumbers ? 1 : classes)
        return targets.count * outputWidth == outputs.count * targetWidth
            && (hasOutputNumbers || outputs.last == classes) && (hasTargetNumbers || targets.last == classes)
    }

    func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        func numbers(_ x: SymbolicTensor, _ areNumbers: Bool) -> SymbolicTensor {
            let numbers = areNumbers ? x : argmax(x)
            return reshape(numbers, [numbers.spec.shape.count])
        }
        let (target, output) = (numbers(targets, hasTargetNumbers), numbers(outputs, hasOutputNumbers))
        func isClass(_ x: SymbolicTensor) -> SymbolicTensor { greaterOrEqual(x, 0) * greater(Float(classes) - x, 0) }
        var counts = isClass(target) * isClass(output)
        if let ignored { counts = counts * unequal(target, Float(ignored)) }
        if let weights {
            let positions = weights.spec.shape.count
            counts =
                reshape(counts, [positions, counts.spec.shape.count / positions]) * reshape(weights, [positions, 1])
            counts = reshape(counts, target.spec.shape)
        }
        return histogram(target * Float(classes) + output, weights: counts, bins: count)
    }

    /// The mean over some classes of `TP / (TP + FP + FN)`; classes that do not occur are left out.
    func overlap(_ sums: [Double], of chosen: [Int]) -> Double {
        let overlaps = chosen.compactMap { number -> Double? in
            let found = (0..<classes).reduce(0) { $0 + sums[$1 * classes + number] }
            let wanted = (0..<classes).reduce(0) { $0 + sums[number * classes + $1] }
            let both = sums[number * classes + number]
            let union = found + wanted - both
            return union > 1e-9 ? both / (union + 1e-7) : nil
        }
        return overlaps.reduce(0, +) / (Double(overlaps.count) + 1e-7)
    }
}
