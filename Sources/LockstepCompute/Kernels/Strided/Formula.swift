#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A function of up to three elements p, q and r: the functions of elementwise arithmetic, and of its gradients.
package enum Formula: Sendable {
    // Of p.
    case copy, negative, absolute, square, squareRoot, reciprocalSquareRoot, logarithm
    /// The smallest whole number that is not below p.
    case ceiling
    /// The nearest whole number; of two, the even one.
    case rounded
    case sine, cosine, arctangent, arcsine, errorFunction
    /// ln(1 + p).
    case logarithmOfOnePlus
    /// e^p − 1.
    case exponentialMinusOne
    // Of p and q.
    /// The angle of the point (q, p) from −π to π.
    case angle
    case add, subtract, multiply, divide, maximum, minimum, power
    /// 1 if p is q, otherwise 0.
    case isEqual
    /// 1 if p is not q, otherwise 0.
    case isUnequal
    /// 1 if p is larger than q, otherwise 0.
    case isGreater
    /// 1 if p is larger than q or equal to it, otherwise 0.
    case isGreaterOrEqual
    /// q if p is not 0, otherwise r.
    case select
    // Gradients: p is dy.
    /// Of q/r with respect to r: −p·q/r².
    case quotientGradient
    /// p if r is larger than q, p/2 if they are equal, otherwise 0.
    case shareOfLarger
    /// p if r is smaller than q, p/2 if they are equal, otherwise 0.
    case shareOfSmaller
    /// p if q is r, otherwise 0.
    case whereEqual
    /// p if q is not r, otherwise 0.
    case whereUnequal
    /// Of r^q with respect to r: p·q·r^(q − 1).
    case powerGradient
    /// Of |q|: p·sign(q).
    case absoluteGradient
    /// Of q²: 2·p·q.
    case squareGradient
    /// Of √, whose result is q: p/2q.
    case squareRootGradient
    /// Of 1/√, whose result is q: −p·q³/2.
    case reciprocalSquareRootGradient
    /// Of sin q: p·cos q.
    case sineGradient
    /// Of cos q: −p·sin q.
    case cosineGradient
    /// Of arctan q: p/(1 + q²).
    case arctangentGradient
    /// Of arcsin q: p/√(1 − q²).
    case arcsineGradient
    /// Of erf q: 2p·e^(−q²)/√π.
    case errorFunctionGradient
    /// Of ln(1 + q): p/(1 + q).
    case logarithmOfOnePlusGradient
    /// Of e^x − 1, whose result is q: p·(q + 1).
    case exponentialMinusOneGradient
    /// Of the angle of (q, r) with respect to r: p·q/(q² + r²).
    case angleGradient
    /// Of the angle of (r, q) with respect to r: −p·q/(q² + r²).
    case oppositeAngleGradient

    /// Calls a visitor with the function as a type, so that the compiler makes a loop for each function.
    @inline(__always)
    func accept(_ visitor: some FormulaVisitor) {
        switch self {
        case .copy: visitor.visit(Identity.self)
        case .negative: visitor.visit(Negative.self)
        case .absolute: visitor.visit(Absolute.self)
        case .square: visitor.visit(Square.self)
        case .squareRoot: visitor.visit(SquareRoot.self)
        case .reciprocalSquareRoot: visitor.visit(ReciprocalSquareRoot.self)
        case .logarithm: visitor.visit(Logarithm.self)
        case .ceiling: visitor.visit(Ceiling.self)
        case .rounded: visitor.visit(Rounded.self)
        case .sine: visitor.visit(Sine.self)
        case .cosine: visitor.visit(Cosine.self)
        case .arctangent: visitor.visit(Arctangent.self)
        case .arcsine: visitor.visit(Arcsine.self)
        case .errorFunction: visitor.visit(ErrorFunction.self)
        case .logarithmOfOnePlus: visitor.visit(LogarithmOfOnePlus.self)
        case .exponentialMinusOne: visitor.visit(ExponentialMinusOne.self)
        case .angle: visitor.visit(Angle.self)
        case .add: visitor.visit(Add.self)
        case .subtract: visitor.visit(Subtract.self)
        case .multiply: visitor.visit(Multiply.self)
        case .divide: visitor.visit(Divide.self)
        case .maximum: visitor.visit(Maximum.self)
        case .minimum: visitor.visit(Minimum.self)
        case .power: visitor.visit(Power.self)
        case .isEqual: visitor.visit(IsEqual.self)
        case .isUnequal: visitor.visit(IsUnequal.self)
        case .isGreater: visitor.visit(IsGreater.self)
        case .isGreaterOrEqual: visitor.visit(IsGreaterOrEqual.self)
        case .select: visitor.visit(Select.self)
        case .quotientGradient: visitor.visit(QuotientGradient.self)
        case .shareOfLarger: visitor.visit(ShareOfLarger.self)
        case .shareOfSmaller: visitor.visit(ShareOfSmaller.self)
        case .whereEqual: visitor.visit(WhereEqual.self)
        case .whereUnequal: visitor.visit(WhereUnequal.self)
        case .powerGradient: visitor.visit(PowerGradient.self)
        case .absoluteGradient: visitor.visit(AbsoluteGradient.self)
        case .squareGradient: visitor.visit(SquareGradient.self)
        case .squareRootGradient: visitor.visit(SquareRootGradient.self)
        case .reciprocalSquareRootGradient: visitor.visit(ReciprocalSquareRootGradient.self)
        case .sineGradient: visitor.visit(SineGradient.self)
        case .cosineGradient: visitor.visit(CosineGradient.self)
        case .arctangentGradient: visitor.visit(ArctangentGradient.self)
        case .arcsineGradient: visitor.visit(ArcsineGradient.self)
        case .errorFunctionGradient: visitor.visit(ErrorFunctionGradient.self)
        case .logarithmOfOnePlusGradient: visitor.visit(LogarithmOfOnePlusGradient.self)
        case .exponentialMinusOneGradient: visitor.visit(ExponentialMinusOneGradient.self)
        case .angleGradient: visitor.visit(AngleGradient.self)
        case .oppositeAngleGradient: visitor.visit(OppositeAngleGradient.self)
        }
    }
}

protocol FormulaVisitor {
    func visit<Function: LanesFunction>(_ function: Function.Type)
}

/// A formula as a type.
protocol LanesFunction {
    static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes
}

/// The larger of two; a NaN in either stays one.
@inline(__always)
func larger(_ a: Lanes, _ b: Lanes) -> Lanes { b.replacing(with: a, where: (a .> b) .| (a .!= a)) }

/// The smaller of two; a NaN in either stays one.
@inline(__always)
func smaller(_ a: Lanes, _ b: Lanes) -> Lanes { b.replacing(with: a, where: (a .< b) .| (a .!= a)) }

/// 1 where `whole` is set, ½ where `half` is set, otherwise 0.
@inline(__always)
private func share(_ whole: SIMDMask<SIMD8<Int32>>, _ half: SIMDMask<SIMD8<Int32>>) -> Lanes {
    Lanes.zero.replacing(with: 0.5, where: half).replacing(with: 1, where: whole)
}

enum Identity: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p }
}
private enum Negative: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { -p }
}
private enum Absolute: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        unsafeBitCast(unsafeBitCast(p, to: SIMD8<UInt32>.self) & 0x7fff_ffff, to: Lanes.self)
    }
}
private enum Square: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * p }
}
private enum SquareRoot: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.squareRoot() }
}
private enum ReciprocalSquareRoot: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { 1 / p.squareRoot() }
}
private enum Logarithm: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { logf($0) } }
}
private enum Ceiling: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.rounded(.up) }
}
private enum Rounded: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.rounded(.toNearestOrEven) }
}
private enum Sine: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { sinf($0) } }
}
private enum Cosine: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { cosf($0) } }
}
private enum Arctangent: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { atanf($0) } }
}
private enum Arcsine: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { asinf($0) } }
}
private enum ErrorFunction: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { erff($0) } }
}
private enum LogarithmOfOnePlus: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { log1pf($0) } }
}
private enum ExponentialMinusOne: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { expm1f($0) } }
}
private enum Angle: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        var result = p
        for lane in 0..<Lanes.width { result[lane] = atan2f(p[lane], q[lane]) }
        return result
    }
}
private enum Add: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p + q }
}
private enum Subtract: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p - q }
}
private enum Multiply: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * q }
}
private enum Divide: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p / q }
}
private enum Maximum: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { larger(p, q) }
}
private enum Minimum: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { smaller(p, q) }
}
private enum Power: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { power(p, q) }
}
private enum IsEqual: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: 1, where: p .== q)
    }
}
private enum IsUnequal: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: 1, where: p .!= q)
    }
}
private enum IsGreater: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: 1, where: p .> q)
    }
}
private enum IsGreaterOrEqual: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: 1, where: p .>= q)
    }
}
private enum Select: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        r.replacing(with: q, where: p .!= 0)
    }
}
private enum QuotientGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { -p * (q / r) / r }
}
private enum ShareOfLarger: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * share(r .> q, r .== q) }
}
private enum ShareOfSmaller: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * share(r .< q, r .== q) }
}
private enum WhereEqual: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: p, where: q .== r)
    }
}
private enum WhereUnequal: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: p, where: q .!= r)
    }
}
private enum PowerGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        (p * q * power(r, q - 1)).replacing(with: 0, where: q .== 0)
    }
}
private enum AbsoluteGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        p * Lanes.zero.replacing(with: 1, where: q .> 0).replacing(with: -1, where: q .< 0)
    }
}
private enum SquareGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { 2 * p * q }
}
private enum SquareRootGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { 0.5 * p / q }
}
private enum ReciprocalSquareRootGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { -0.5 * p * q * q * q }
}
private enum SineGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * q.map { cosf($0) } }
}
private enum CosineGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { -p * q.map { sinf($0) } }
}
private enum ArctangentGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p / (1 + q * q) }
}
private enum ArcsineGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p / (1 - q * q).squareRoot() }
}
private enum ErrorFunctionGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        p * (2 / Float.pi.squareRoot()) * (-q * q).map { expf($0) }
    }
}
private enum LogarithmOfOnePlusGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p / (1 + q) }
}
private enum ExponentialMinusOneGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * (q + 1) }
}
private enum AngleGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * q / (q * q + r * r) }
}
private enum OppositeAngleGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { -p * q / (q * q + r * r) }
}

@inline(__always)
private func power(_ x: Lanes, _ exponent: Lanes) -> Lanes {
    var result = x
    for lane in 0..<Lanes.width { result[lane] = powf(x[lane], exponent[lane]) }
    return result
}
