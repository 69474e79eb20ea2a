import LockstepCompute
import LockstepGraph

/// Elements of a tensor that a key, a list of places or a triangle chooses.
extension KerasOperation {
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

    /// The parts of a dimension: equally many, or those between the given places.
    static func parts(_ call: OperationCall, axis: Int) throws(LayerError) -> [SymbolicTensor] {
        let x = try call.tensor()
        let (size, given) = (x.spec.shape[axis], call.option("indices_or_sections"))
        var places: [Int]
        if case .integer(let count) = given {
            try call.require(
                count > 0 && size % Swift.max(count, 1) == 0, "indices_or_sections", "a divisor of \(size)", given)
            places = (1..<count).map { $0 * (size / count) }
        } else {
            places = try call.integers("indices_or_sections")
        }
        places = [0] + places + [size]
        try call.require(
            places == places.sorted() && places.last == size && places.first == 0, "indices_or_sections",
            "places from 0 to \(size), in order", given)
        return places.indices.dropLast().map { slice(x, axis: axis, places[$0]..<places[$0 + 1]) }
    }

    /// The elements that a list of numbers chooses along a dimension; one number removes it.
    static func taken(_ call: OperationCall) throws(LayerError) -> SymbolicTensor {
        let x = try call.tensor()
        guard let numbers = try call.constant(1) else {
            throw call.mistake("indices", "numbers, not a tensor", "a tensor")
        }
        let axis = try call.axis(rank: x.spec.shape.rank)
        let size = x.spec.shape[axis]
        let parts = (0..<numbers.count).map { numbers[$0] < 0 ? Int(numbers[$0]) + size : Int(numbers[$0]) }
        try call.require(
            !parts.isEmpty && parts.allSatisfy((0..<size).contains), "indices", "numbers below \(size)", parts)
        let dimensions = x.spec.shape.dimensions
        let chosen = concatenate(parts.map { slice(x, axis: axis, $0..<$0 + 1) }, axis: axis)
        return reshape(
            chosen, Shape(dimensions[..<axis] + numbers.shape.dimensions + dimensions[(axis + 1)...]))
    }

    /// 1 in the lower triangle of the last two dimensions, else 0; `k` moves its edge to the right.
    static func triangle(_ call: OperationCall, isLower: Bool) throws(LayerError) -> SymbolicTensor {
        let (x, k) = (try call.tensor(), try call.integer("k"))
        let shape = x.spec.shape
        try call.require(shape.rank >= 2, "x", "rows of matrices", shape)
        let (n, m) = (shape[shape.rank - 2], shape[shape.rank - 1])
        let marks = (0..<n * m).map { isLower ? $0 % m <= $0 / m + k : $0 % m >= $0 / m + k }
        return select(x.ones * array(marks.map { $0 ? 1 : 0 }, [n, m]), x, 0 * x.ones)
    }
}
