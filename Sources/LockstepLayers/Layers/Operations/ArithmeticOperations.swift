import LockstepCompute
import LockstepGraph

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Operations of two elements. Operands are tensors of equally many dimensions, numbers and arrays.
extension KerasOperation {
    private typealias Pair = @Sendable (SymbolicTensor, SymbolicTensor) -> SymbolicTensor

    private static func binary(_ name: String, _ tensors: @escaping Pair) -> KerasOperation {
        KerasOperation(name, "numpy", ["x1", "x2"]) { call throws(LayerError) in
            let operands = try call.aligned(2)
            return tensors(operands[0], operands[1])
        }
    }

    /// With forms of its own for a number on one side.
    private static func binary(
        _ name: String, _ tensors: @escaping Pair,
        _ right: @escaping @Sendable (SymbolicTensor, Float) -> SymbolicTensor,
        _ left: @escaping @Sendable (Float, SymbolicTensor) -> SymbolicTensor
    ) -> KerasOperation {
        KerasOperation(name, "numpy", ["x1", "x2"]) { call throws(LayerError) in
            if let number = call.number(0) { return left(number, try call.tensor(1)) }
            if let number = call.number(1) { return right(try call.tensor(0), number) }
            let operands = try call.aligned(2)
            return tensors(operands[0], operands[1])
        }
    }

    static let arithmetic: [KerasOperation] = [
        binary("Add", { $0 + $1 }, { $0 + $1 }, { $0 + $1 }),
        binary("Subtract", { $0 - $1 }, { $0 - $1 }, { $0 - $1 }),
        binary("Multiply", { $0 * $1 }, { $0 * $1 }, { $0 * $1 }),
        binary("TrueDivide", { $0 / $1 }, { $0 / $1 }, { $0 / $1 }),
        binary("Divide", { $0 / $1 }, { $0 / $1 }, { $0 / $1 }),
        binary("Maximum", { maximum($0, $1) }, { maximum($0, $1) }, { maximum($1, $0) }),
        binary("Minimum", { minimum($0, $1) }, { minimum($0, $1) }, { minimum($1, $0) }),
        KerasOperation("Power", "numpy", ["x1", "x2"]) { call throws(LayerError) in
            if let base = call.number(0), base > 0 { return exp(try call.tensor(1) * logf(base)) }
            guard let exponent = call.number(1) else {
                throw call.mistake(
                    "the exponent", "a number, or a tensor with a positive number to raise",
                    call.operands.dropFirst().map { "\($0)" })
            }
            return pow(try call.tensor(0), exponent)
        },
        binary("DivideNoNan") { select(equal($1, 0), 0 * $1, $0 / $1) },
        binary("FloorDivide") { floor($0 / $1) },
        // The remainder of a quotient that is rounded down, so that it has the sign of the divisor.
        binary("Mod") { $0 - floor($0 / $1) * $1 },
        binary("Fmod") { $0 - truncated($0 / $1) * $1 },
        binary("Hypot") { sqrt(square($0) + square($1)) },
        binary("Arctan2") { atan2($0, $1) },
        binary("Logaddexp") { maximum($0, $1) + log1p(exp(-abs($0 - $1))) },
        binary("Heaviside") { greater($0, 0) + equal($0, 0) * $1 },
    ]

    /// 1 where a comparison holds, else 0.
    static let comparisons: [KerasOperation] = [
        binary("Equal") { equal($0, $1) }, binary("NotEqual") { 1 - equal($0, $1) },
        binary("Greater") { greater($0, $1) }, binary("GreaterEqual") { greaterOrEqual($0, $1) },
        binary("Less") { greater($1, $0) }, binary("LessEqual") { greaterOrEqual($1, $0) },
        binary("LogicalAnd") { unequal($0, 0) * unequal($1, 0) },
        binary("LogicalOr") { maximum(unequal($0, 0), unequal($1, 0)) },
        binary("LogicalXor") { abs(unequal($0, 0) - unequal($1, 0)) },
        KerasOperation("LogicalNot") { call throws(LayerError) in equal(try call.tensor(), 0) },
        KerasOperation("Isnan") { call throws(LayerError) in
            let x = try call.tensor()
            return 1 - equal(x, x)
        },
        KerasOperation("Isinf") { call throws(LayerError) in equal(abs(try call.tensor()), .infinity) },
        KerasOperation("Isfinite") { call throws(LayerError) in
            let x = try call.tensor()
            return equal(x - x, 0)
        },
    ]

    /// x without its fraction.
    static func truncated(_ x: SymbolicTensor) -> SymbolicTensor { sign(x) * floor(abs(x)) }
}
