import LockstepCompute
import LockstepGraph

/// What an operation of Keras's is applied to: the operands of its call and its options. Axes are counted from the
/// batch, as in Keras.
package struct OperationCall {
    package indirect enum Operand {
        case tensor(SymbolicTensor)
        case value(ConfigurationValue)
        case list([Operand])
    }

    let layer: String
    let options: [String: ConfigurationValue]
    let operands: [Operand]

    /// - Throws: `LayerError.argument`.
    func require(_ condition: Bool, _ name: String, _ requirement: String, _ received: Any) throws(LayerError) {
        guard condition else {
            throw .argument(layer: layer, name: name, requirement: requirement, received: "\(received)")
        }
    }

    func mistake(_ name: String, _ requirement: String, _ received: Any) -> LayerError {
        .argument(layer: layer, name: name, requirement: requirement, received: "\(received)")
    }

    /// The operand at a place, a tensor.
    func tensor(_ index: Int = 0) throws(LayerError) -> SymbolicTensor {
        guard operands.indices.contains(index), case .tensor(let tensor) = operands[index] else {
            throw mistake(
                "its argument \(index)", "a tensor", operands.indices.contains(index) ? operands[index] : "none")
        }
        return tensor
    }

    /// The first operand that is a tensor.
    func firstTensor() throws(LayerError) -> SymbolicTensor {
        for case .tensor(let tensor) in operands { return tensor }
        throw mistake("its arguments", "one tensor at least", operands)
    }

    /// The operand at a place as an array of numbers, the same for all samples; nil if it is a tensor or missing.
    func constant(_ index: Int) throws(LayerError) -> Tensor? {
        guard operands.indices.contains(index) else { return nil }
        if case .tensor = operands[index] { return nil }
        guard let array = Self.array(operands[index]) else {
            throw mistake("its argument \(index)", "a tensor or an array of numbers", operands[index])
        }
        return KerasOperation.array(array.values, Shape(array.shape))
    }

    /// Keras writes arrays as objects, and lists of numbers as lists.
    private static func array(_ operand: Operand) -> (shape: [Int], values: [Float])? {
        switch operand {
        case .tensor: return nil
        case .value(let value):
            if let number = value.number { return ([], [Float(number)]) }
            if case .bool(let flag) = value { return ([], [flag ? 1 : 0]) }
            if let list = value.list { return array(.list(list.map(Operand.value))) }
            guard ["__tensor__", "__numpy__"].contains(value["class_name"]?.string) else { return nil }
            return value["config"]?["value"].flatMap { array(.value($0)) }
        case .list(let operands):
            let items = operands.compactMap(array)
            guard items.count == operands.count, Set(items.map(\.shape)).count <= 1 else { return nil }
            return ([items.count] + (items.first?.shape ?? []), items.flatMap(\.values))
        }
    }

    /// Operands of arithmetic. Tensors have equally many dimensions, because Keras aligns the batch too. A number or an
    /// array has no more, and if it has as many, the batch of it is 1.
    func aligned(_ count: Int) throws(LayerError) -> [SymbolicTensor] {
        let first = try firstTensor()
        let rank = first.spec.shape.rank
        var aligned: [SymbolicTensor] = []
        for index in 0..<count {
            guard let array = try constant(index) else {
                let tensor = try tensor(index)
                guard tensor.spec.shape.rank == rank else {
                    throw .input(
                        layer: layer, requirement: "have as many dimensions as the first, \(first.spec.shape)",
                        received: tensor.spec.shape)
                }
                aligned.append(tensor)
                continue
            }
            var dimensions = array.shape.dimensions
            if dimensions.count == rank + 1, dimensions[0] == 1 { dimensions.removeFirst() }
            try require(
                dimensions.count <= rank, "its argument \(index)", "an array for rows of \(first.spec.shape)",
                "one of \(array.shape)")
            let row = KerasOperation.array((0..<array.count).map { array[$0] }, Shape(dimensions))
            aligned.append(row.tensor(in: first.trace))
        }
        return aligned
    }

    /// The tensors of the first operand, a list.
    func tensors() throws(LayerError) -> [SymbolicTensor] {
        guard case .list(let list)? = operands.first, !list.isEmpty else {
            throw mistake("its argument 0", "a list of tensors", operands)
        }
        var tensors: [SymbolicTensor] = []
        for case .tensor(let tensor) in list { tensors.append(tensor) }
        try require(tensors.count == list.count, "its argument 0", "a list of tensors", list)
        return tensors
    }

    /// The operand at a place, if it is a number.
    func number(_ index: Int) -> Float? {
        guard operands.indices.contains(index), case .value(let value) = operands[index] else { return nil }
        return value.number.map { Float($0) }
    }

    func option(_ name: String) -> ConfigurationValue { options[name] ?? .null }

    func number(_ name: String) throws(LayerError) -> Float {
        guard let number = option(name).number else { throw mistake(name, "a number", option(name)) }
        return Float(number)
    }

    func integer(_ name: String) throws(LayerError) -> Int {
        guard case .integer(let number) = option(name) else { throw mistake(name, "a whole number", option(name)) }
        return number
    }

    func flag(_ name: String) -> Bool { option(name) == true }

    /// Whole numbers, one or a list.
    func integers(_ name: String) throws(LayerError) -> [Int] {
        var numbers: [Int] = []
        for value in option(name).list ?? [option(name)] {
            guard case .integer(let number) = value else { throw mistake(name, "whole numbers", option(name)) }
            numbers.append(number)
        }
        return numbers
    }

    /// A dimension of the row, from Keras's number of it.
    ///
    /// - Parameter rank: the number of dimensions of the row.
    /// - Throws: `LayerError.argument` for the batch, and for dimensions that there are not.
    func rowAxis(_ axis: Int, _ name: String = "axis", rank: Int) throws(LayerError) -> Int {
        let place = axis < 0 ? axis + rank : axis - 1
        try require((0..<rank).contains(place), name, "a dimension behind the batch, of \(rank)", axis)
        return place
    }

    /// The dimension that an option names, of a row.
    func axis(_ name: String = "axis", rank: Int) throws(LayerError) -> Int {
        try rowAxis(integer(name), name, rank: rank)
    }

    /// The dimensions that an option names, of a row.
    func axes(_ name: String = "axis", rank: Int) throws(LayerError) -> [Int] {
        try require(option(name) != .null, name, "dimensions behind the batch, not all", "None")
        var axes: [Int] = []
        for axis in try integers(name) { axes.append(try rowAxis(axis, name, rank: rank)) }
        return axes
    }
}
