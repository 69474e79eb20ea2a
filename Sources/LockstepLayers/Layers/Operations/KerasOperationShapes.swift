import LockstepCompute
import LockstepGraph

/// What operations on shapes compute.
extension KerasOperation {
    static func expanded(_ x: SymbolicTensor, _ axis: Int) -> SymbolicTensor {
        var dimensions = x.spec.shape.dimensions
        dimensions.insert(1, at: axis)
        return reshape(x, Shape(dimensions))
    }

    /// Reshapes rows. The batch is the first dimension of the new shape: null, or -1 if no other one is.
    static func reshaped(_ call: OperationCall) throws(LayerError) -> SymbolicTensor {
        let (x, given) = (try call.tensor(), call.option("newshape"))
        let elements = x.spec.shape.count
        var dimensions: [Int] = []
        for value in (given.list ?? []).dropFirst() {
            guard case .integer(let size) = value, size >= -1 else {
                throw call.mistake("newshape", "a batch and dimensions", given)
            }
            dimensions.append(size)
        }
        let isBatch = given.list?.first == -1 && !dimensions.contains(-1) || given.list?.first == .null
        try call.require(
            isBatch && dimensions.count { $0 == -1 } <= 1, "newshape", "the batch, as -1, and dimensions of a row",
            given)
        let known = dimensions.reduce(1) { $1 == -1 ? $0 : $0.multipliedReportingOverflow(by: $1).partialValue }
        if known > 0, elements % known == 0 { dimensions = dimensions.map { $0 == -1 ? elements / known : $0 } }
        try call.require(
            dimensions.allSatisfy { $0 >= 0 } && Shape(dimensions).count == elements, "newshape",
            "one of rows of \(elements) elements", given)
        return reshape(x, Shape(dimensions))
    }

    /// Chooses elements by the key in `x[key]`: numbers, slices, an ellipsis and new dimensions, as in NumPy.
    static func item(_ call: OperationCall) throws(LayerError) -> SymbolicTensor {
        var x = try call.tensor()
        let rank = x.spec.shape.rank
        let key = call.operands.dropFirst().first.map(value) ?? .null
        func isEllipsis(_ value: ConfigurationValue) -> Bool { value["class_name"] == "__ellipsis__" }
        let entries = key.list ?? [key]
        let whole: ConfigurationValue = ["class_name": "__slice__", "config": [:]]
        let missing = rank + 1 - entries.count { $0 != .null && !isEllipsis($0) }
        let refused = call.mistake("the key", "slices and numbers behind the whole batch, by positive steps", key)
        guard missing >= 0, entries.count(where: isEllipsis) <= 1 else { throw refused }
        var places: [ConfigurationValue] = []
        for entry in entries {
            if isEllipsis(entry) { places += Array(repeating: whole, count: missing) } else { places.append(entry) }
        }
        if !entries.contains(where: isEllipsis) { places += Array(repeating: whole, count: missing) }
        guard let batch = places.first?["config"],
            ["start", "stop", "step"].allSatisfy({ batch[$0] ?? .null == .null })
        else { throw refused }
        var (axis, dimensions): (Int, [Int]) = (0, [])
        for place in places.dropFirst() {
            if place == .null {
                dimensions.append(1)
                continue
            }
            let size = x.spec.shape[axis]
            if case .integer(let number) = place {
                let index = number < 0 ? number + size : number
                guard (0..<size).contains(index) else { throw refused }
                x = slice(x, axis: axis, index..<index + 1)
            } else if place["class_name"] == "__slice__" {
                func bound(_ name: String, _ other: Int) -> Int? {
                    switch place["config"]?[name] ?? .null {
                    case .null: other
                    case .integer(let number): Swift.min(Swift.max(number < 0 ? number + size : number, 0), size)
                    default: nil
                    }
                }
                guard let start = bound("start", 0), let stop = bound("stop", size) else { throw refused }
                var step = 1
                if let given = place["config"]?["step"], given != .null {
                    guard case .integer(let number) = given, number > 0 else { throw refused }
                    step = number
                }
                if start > 0 || stop < size || step > 1 {
                    x = slice(x, axis: axis, start..<Swift.max(start, stop), step: step)
                }
                dimensions.append(x.spec.shape[axis])
            } else {
                throw refused
            }
            axis += 1
        }
        let shape = Shape(dimensions)
        return shape == x.spec.shape ? x : reshape(x, shape)
    }

    private static func value(_ operand: OperationCall.Operand) -> ConfigurationValue {
        switch operand {
        case .tensor: .string("a tensor")
        case .value(let value): value
        case .list(let operands): .list(operands.map(value))
        }
    }
}
