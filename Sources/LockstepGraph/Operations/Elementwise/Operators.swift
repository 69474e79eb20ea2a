import LockstepCompute

/// Arithmetic, element by element.
///
/// The rows of two tensors `[batch, …]` are broadcast by NumPy's rules: compared from the last, dimensions are equal,
/// or one of them is 1 or missing. So `[batch, 5, 1] * [batch, 3]` is `[batch, 5, 3]`. A weight `[…]` is applied to
/// each row of the batch, and its gradient is the sum over the rows. Shapes that do not fit are an error of the layer.
///
/// Between layers, an operation is a layer of the model, as in Keras: `Input([4]) * 2`. There, tensors have the same
/// number of dimensions, because Keras aligns the batch too.
extension SymbolicTensor {
    /// `a + b`; a is a tensor `[batch, …]`, b a tensor or a weight.
    public static func + (a: SymbolicTensor, b: some Operand) -> SymbolicTensor {
        a.described("Add", with: b) ?? a.combined(.add, with: b)
    }
    /// `a − b`; a is a tensor `[batch, …]`, b a tensor or a weight.
    public static func - (a: SymbolicTensor, b: some Operand) -> SymbolicTensor {
        a.described("Subtract", with: b) ?? a.combined(.subtract, with: b)
    }
    /// `a ⊙ b`; a is a tensor `[batch, …]`, b a tensor or a weight.
    public static func * (a: SymbolicTensor, b: some Operand) -> SymbolicTensor {
        a.described("Multiply", with: b) ?? a.combined(.multiply, with: b)
    }
    /// `a / b`; a is a tensor `[batch, …]`, b a tensor or a weight.
    public static func / (a: SymbolicTensor, b: some Operand) -> SymbolicTensor {
        a.described("TrueDivide", with: b) ?? a.combined(.divide, with: b)
    }

    /// `a + b`, with a weight on the left.
    public static func + (a: Weight, b: SymbolicTensor) -> SymbolicTensor { b.combined(.add, behind: a) }
    /// `a − b`, with a weight on the left.
    public static func - (a: Weight, b: SymbolicTensor) -> SymbolicTensor { b.combined(.subtract, behind: a) }
    /// `a ⊙ b`, with a weight on the left.
    public static func * (a: Weight, b: SymbolicTensor) -> SymbolicTensor { b.combined(.multiply, behind: a) }
    /// `a / b`, with a weight on the left.
    public static func / (a: Weight, b: SymbolicTensor) -> SymbolicTensor { b.combined(.divide, behind: a) }

    /// `a + b`, for each element of a.
    public static func + (a: SymbolicTensor, b: Float) -> SymbolicTensor {
        a.described("Add", with: b) ?? a.combined(.add, [.input, .constant(b)])
    }
    /// `a − b`, for each element of a.
    public static func - (a: SymbolicTensor, b: Float) -> SymbolicTensor {
        a.described("Subtract", with: b) ?? a.combined(.subtract, [.input, .constant(b)])
    }
    /// `a · b`, for each element of a.
    public static func * (a: SymbolicTensor, b: Float) -> SymbolicTensor {
        a.described("Multiply", with: b) ?? a.combined(.multiply, [.input, .constant(b)])
    }
    /// `a / b`, for each element of a.
    public static func / (a: SymbolicTensor, b: Float) -> SymbolicTensor {
        a.described("TrueDivide", with: b) ?? a.combined(.divide, [.input, .constant(b)])
    }

    /// `a + b`, for each element of b.
    public static func + (a: Float, b: SymbolicTensor) -> SymbolicTensor {
        b.described("Add", [.number(a), .tensor(b)]) ?? b.combined(.add, [.constant(a), .input])
    }
    /// `a − b`, for each element of b.
    public static func - (a: Float, b: SymbolicTensor) -> SymbolicTensor {
        b.described("Subtract", [.number(a), .tensor(b)]) ?? b.combined(.subtract, [.constant(a), .input])
    }
    /// `a · b`, for each element of b.
    public static func * (a: Float, b: SymbolicTensor) -> SymbolicTensor {
        b.described("Multiply", [.number(a), .tensor(b)]) ?? b.combined(.multiply, [.constant(a), .input])
    }
    /// `a / b`, for each element of b.
    public static func / (a: Float, b: SymbolicTensor) -> SymbolicTensor {
        b.described("TrueDivide", [.number(a), .tensor(b)]) ?? b.combined(.divide, [.constant(a), .input])
    }

    /// `−x`, element by element.
    public static prefix func - (x: SymbolicTensor) -> SymbolicTensor { negative(x) }

    fileprivate func combined(_ function: BinaryOperation.Function, with other: any Operand) -> SymbolicTensor {
        applying(with: [other]) { inputs throws(OperationError) in try BinaryOperation(function, inputs) }
    }

    private func combined(_ function: BinaryOperation.Function, behind other: Weight) -> SymbolicTensor {
        trace.apply(to: [other, self]) { inputs throws(OperationError) in try BinaryOperation(function, inputs) }[0]
    }

    fileprivate func combined(_ function: BinaryOperation.Function, _ sides: [BinaryOperation.Side]) -> SymbolicTensor {
        applying { inputs throws(OperationError) in try BinaryOperation(function, inputs, sides: sides) }
    }
}

/// The larger of two elements, `max(a, b)`; a is a tensor `[batch, …]`, b a tensor or a weight. Rows are broadcast as
/// for `+`.
public func maximum(_ a: SymbolicTensor, _ b: some Operand) -> SymbolicTensor {
    a.described("Maximum", with: b) ?? a.combined(.maximum, with: b)
}
/// `max(a, b)` for each element of a.
public func maximum(_ a: SymbolicTensor, _ b: Float) -> SymbolicTensor {
    a.described("Maximum", with: b) ?? a.combined(.maximum, [.input, .constant(b)])
}
/// The smaller of two elements, `min(a, b)`; a is a tensor `[batch, …]`, b a tensor or a weight. Rows are broadcast as
/// for `+`.
public func minimum(_ a: SymbolicTensor, _ b: some Operand) -> SymbolicTensor {
    a.described("Minimum", with: b) ?? a.combined(.minimum, with: b)
}
/// `min(a, b)` for each element of a.
public func minimum(_ a: SymbolicTensor, _ b: Float) -> SymbolicTensor {
    a.described("Minimum", with: b) ?? a.combined(.minimum, [.input, .constant(b)])
}

/// `x^exponent`, element by element, of a tensor `[batch, …]`; NaN for negative elements if the exponent is not a whole
/// number.
public func pow(_ x: SymbolicTensor, _ exponent: Float) -> SymbolicTensor {
    if let described = x.described("Power", with: exponent) { return described }
    return switch exponent {
    case 1: x
    case 2: square(x)
    case 0.5: sqrt(x)
    case -0.5: rsqrt(x)
    default: x.combined(.power, [.input, .constant(exponent)])
    }
}

/// The angle of the point (x, y) from the first axis, from −π to π; y is a tensor `[batch, …]`, x a tensor or a weight.
/// Rows are broadcast as for `+`.
public func atan2(_ y: SymbolicTensor, _ x: some Operand) -> SymbolicTensor {
    y.described("Arctan2", with: x) ?? y.combined(.angle, with: x)
}

/// 1 where an element of a tensor `[batch, …]` equals that of a tensor or weight, else 0. Rows are broadcast as for
/// `+`. There is no gradient.
public func equal(_ a: SymbolicTensor, _ b: some Operand) -> SymbolicTensor {
    a.described("Equal", with: b) ?? a.combined(.equal, with: b)
}
/// 1 where an element of a equals b, else 0. There is no gradient.
public func equal(_ a: SymbolicTensor, _ b: Float) -> SymbolicTensor {
    a.described("Equal", with: b) ?? a.combined(.equal, [.input, .constant(b)])
}
/// 1 where an element of a tensor `[batch, …]` is larger than that of a tensor or weight, else 0. Rows are broadcast as
/// for `+`. There is no gradient.
public func greater(_ a: SymbolicTensor, _ b: some Operand) -> SymbolicTensor {
    a.described("Greater", with: b) ?? a.combined(.greater, with: b)
}
/// 1 where an element of a is larger than b, else 0. There is no gradient.
public func greater(_ a: SymbolicTensor, _ b: Float) -> SymbolicTensor {
    a.described("Greater", with: b) ?? a.combined(.greater, [.input, .constant(b)])
}
/// 1 where an element of a tensor `[batch, …]` is at least that of a tensor or weight, else 0. Rows are broadcast as
/// for `+`. There is no gradient.
public func greaterOrEqual(_ a: SymbolicTensor, _ b: some Operand) -> SymbolicTensor {
    a.described("GreaterEqual", with: b) ?? a.combined(.greaterOrEqual, with: b)
}
/// 1 where an element of a is at least b, else 0. There is no gradient.
public func greaterOrEqual(_ a: SymbolicTensor, _ b: Float) -> SymbolicTensor {
    a.described("GreaterEqual", with: b) ?? a.combined(.greaterOrEqual, [.input, .constant(b)])
}
/// The elements of a tensor `[batch, …]`, none below `range.lowerBound` or above `range.upperBound`.
public func clip(_ x: SymbolicTensor, to range: ClosedRange<Float>) -> SymbolicTensor {
    minimum(maximum(x, range.lowerBound), range.upperBound)
}
