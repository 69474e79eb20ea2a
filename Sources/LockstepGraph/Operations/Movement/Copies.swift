import LockstepCompute

/// Concatenates tensors along a dimension of the row.
///
/// - Parameters:
///   - tensors: at least one, each `[batch, …]`. They may differ only in that dimension; the result has the sum of
///     theirs.
///   - axis: a dimension of the row; the first is 0, the last −1.
public func concatenate(_ tensors: [SymbolicTensor], axis: Int = -1) -> SymbolicTensor {
    precondition(!tensors.isEmpty, "no tensors to concatenate")
    if let described = tensors[0].described(
        "Concatenate", [.list(tensors.map { .tensor($0) })], ["axis": kerasAxis(axis)])
    {
        return described
    }
    return tensors[0].applying(with: Array(tensors.dropFirst())) { inputs throws(OperationError) in
        let axis = try inputs[0].axis(axis)
        func isLike(_ shape: Shape) -> Bool {
            shape.rank == inputs[0].shape.rank
                && shape.replacing(axis, with: 0) == inputs[0].shape.replacing(axis, with: 0)
        }
        guard inputs.allSatisfy({ $0.isBatched && isLike($0.shape) }) else {
            throw .shapes(
                requirement: "[batch, …] that differ in dimension \(axis) of the row at most", received: inputs)
        }
        let output = inputs[0].shape.replacing(axis, with: inputs.reduce(0) { $0 + $1.shape[axis] })
        var first = 0
        return try CopyOperation(
            inputs, to: output,
            inputs.map { input in
                defer { first += input.shape[axis] }
                return CopyOperation.Piece(
                    input.shape.dimensions, from: View(input.shape), to: View(output).moved(axis, by: first))
            })
    }
}

/// Every `step`-th element of a range along a dimension of the row.
///
/// - Parameters:
///   - x: `[batch, …]`.
///   - axis: a dimension of the row; the first is 0, the last −1. The result has ⌈range / step⌉ elements there.
///   - range: within the dimension.
///   - step: positive.
public func slice(_ x: SymbolicTensor, axis: Int, _ range: Range<Int>, step: Int = 1) -> SymbolicTensor {
    if axis >= 0,
        let described = x.described(
            "GetItem",
            [
                .tensor(x),
                .list(Array(repeating: .range(nil, step: 1), count: axis + 1) + [.range(range, step: step)]),
            ])
    {
        return described
    }
    return x.applying { inputs throws(OperationError) in
        let (shape, axis) = (inputs[0].shape, try inputs[0].axis(axis))
        guard range.lowerBound >= 0, range.upperBound <= shape[axis], step > 0 else {
            throw .shapes(requirement: "elements \(range) by \(step) in dimension \(axis) of the row", received: inputs)
        }
        let output = shape.replacing(axis, with: (range.count + step - 1) / step)
        var from = View(shape).moved(axis, by: range.lowerBound)
        from.strides[axis] *= step
        return try CopyOperation(
            inputs, to: output,
            [CopyOperation.Piece(output.dimensions, from: from, to: View(output), leavesOut: output != shape)])
    }
}

/// Reorders the dimensions of the row.
///
/// - Parameters:
///   - x: `[batch, …]`.
///   - axes: for each dimension of the result, the dimension of x. All must occur, each once. Nil: the reverse order.
public func transpose(_ x: SymbolicTensor, _ axes: [Int]? = nil) -> SymbolicTensor {
    if let described = x.described(
        "Transpose", nil, ["axes": axes.map { .list([.integer(0)] + $0.map(kerasAxis)) } ?? .text("row")])
    {
        return described
    }
    return x.applying { inputs throws(OperationError) in
        let shape = inputs[0].shape
        var order: [Int] = []
        for axis in axes ?? (0..<shape.rank).reversed() { order.append(try inputs[0].axis(axis)) }
        guard order.sorted() == Array(0..<shape.rank) else {
            throw .shapes(requirement: "a row of the dimensions \(axes ?? []), each once", received: inputs)
        }
        let (output, view) = (Shape(order.map { shape[$0] }), View(shape))
        return try CopyOperation(
            inputs, to: output, order: order,
            [
                CopyOperation.Piece(
                    output.dimensions, from: View(batch: view.batch, strides: order.map { view.strides[$0] }),
                    to: View(output))
            ])
    }
}

/// Reverses the elements along a dimension of the row.
///
/// - Parameters:
///   - x: `[batch, …]`. The result has the same shape.
///   - axis: a dimension of the row; the first is 0, the last −1.
public func reverse(_ x: SymbolicTensor, axis: Int) -> SymbolicTensor {
    if let described = x.described("Flip", nil, ["axis": kerasAxis(axis)]) { return described }
    return x.applying { inputs throws(OperationError) in
        let (shape, axis) = (inputs[0].shape, try inputs[0].axis(axis))
        var from = View(shape).moved(axis, by: max(shape[axis] - 1, 0))
        from.strides[axis] *= -1
        return try CopyOperation(
            inputs, to: shape, [CopyOperation.Piece(shape.dimensions, from: from, to: View(shape))])
    }
}

/// Repeats a whole dimension of the row: `[1, 2]` becomes `[1, 2, 1, 2]`.
///
/// - Parameters:
///   - x: `[batch, …]`.
///   - count: the number of repetitions, at least 1.
///   - axis: a dimension of the row; the first is 0, the last −1. It is `count` times as long in the result.
public func tiled(_ x: SymbolicTensor, count: Int, axis: Int) -> SymbolicTensor {
    x.copied(count, axis, isInner: false)
}

/// Repeats each element along a dimension of the row: `[1, 2]` becomes `[1, 1, 2, 2]`. Parameters as for `tiled`.
public func repeated(_ x: SymbolicTensor, count: Int, axis: Int) -> SymbolicTensor {
    x.copied(count, axis, isInner: true)
}

/// Pads a dimension of the row with elements of one value, before and after it.
///
/// - Parameters:
///   - x: `[batch, …]`.
///   - axis: a dimension of the row; the first is 0, the last −1. It is longer by `before + after` in the result.
///   - before: the number of elements to add before, at least 0. `after` likewise.
public func pad(_ x: SymbolicTensor, axis: Int, before: Int, after: Int, value: Float = 0) -> SymbolicTensor {
    x.applying { inputs throws(OperationError) in
        let (shape, axis) = (inputs[0].shape, try inputs[0].axis(axis))
        guard before >= 0, after >= 0 else {
            throw .shapes(
                requirement: "no fewer than 0 elements to pad with, not \(before) and \(after)", received: inputs)
        }
        let output = shape.replacing(axis, with: before + shape[axis] + after)
        return try CopyOperation(
            inputs, to: output, rest: output == shape ? nil : value,
            padding: value == 0 ? ZeroPadding(axis: axis, before: before, after: after) : nil,
            [CopyOperation.Piece(shape.dimensions, from: View(shape), to: View(output).moved(axis, by: before))])
    }
}

extension SymbolicTensor {
    /// Several copies along a dimension.
    ///
    /// - Parameter isInner: whether each element is repeated, else the whole dimension.
    fileprivate func copied(_ count: Int, _ axis: Int, isInner: Bool) -> SymbolicTensor {
        applying { inputs throws(OperationError) in
            let (shape, axis) = (inputs[0].shape, try inputs[0].axis(axis))
            guard count >= 1 else { throw .shapes(requirement: "at least one copy, not \(count)", received: inputs) }
            // The copies get an index of their own, before the dimension or after it.
            let place = isInner ? axis + 1 : axis
            var (extents, from) = (shape.dimensions, View(shape))
            extents.insert(count, at: place)
            from.strides.insert(0, at: place)
            return try CopyOperation(
                inputs, to: shape.replacing(axis, with: count * shape[axis]),
                [CopyOperation.Piece(extents, from: from, to: View(Shape(extents)))])
        }
    }
}

extension View {
    /// The view shifted by a number of elements along a dimension.
    fileprivate func moved(_ axis: Int, by count: Int) -> View {
        var result = self
        result.offset += count * strides[axis]
        return result
    }
}

extension Shape {
    fileprivate func replacing(_ axis: Int, with dimension: Int) -> Shape {
        var result = dimensions
        result[axis] = dimension
        return Shape(result)
    }
}
