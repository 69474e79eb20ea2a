#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

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
enum Negative: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { -p }
}
enum Absolute: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        unsafeBitCast(unsafeBitCast(p, to: SIMD8<UInt32>.self) & 0x7fff_ffff, to: Lanes.self)
    }
}
enum Square: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * p }
}
enum SquareRoot: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.squareRoot() }
}
enum ReciprocalSquareRoot: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { 1 / p.squareRoot() }
}
enum Logarithm: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { logf($0) } }
}
enum Ceiling: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.rounded(.up) }
}
enum Rounded: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.rounded(.toNearestOrEven) }
}
enum Sine: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { sinf($0) } }
}
enum Cosine: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { cosf($0) } }
}
enum Arctangent: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { atanf($0) } }
}
enum Arcsine: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { asinf($0) } }
}
enum ErrorFunction: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { erff($0) } }
}
enum LogarithmOfOnePlus: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { log1pf($0) } }
}
enum ExponentialMinusOne: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p.map { expm1f($0) } }
}
enum Angle: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        var result = p
        for lane in 0..<Lanes.width { result[lane] = atan2f(p[lane], q[lane]) }
        return result
    }
}
enum Add: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p + q }
}
enum Subtract: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p - q }
}
enum Multiply: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * q }
}
enum Divide: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p / q }
}
enum Maximum: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { larger(p, q) }
}
enum Minimum: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { smaller(p, q) }
}
enum Power: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { power(p, q) }
}
enum IsEqual: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: 1, where: p .== q)
    }
}
enum IsUnequal: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: 1, where: p .!= q)
    }
}
enum IsGreater: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: 1, where: p .> q)
    }
}
enum IsGreaterOrEqual: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: 1, where: p .>= q)
    }
}
enum Select: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        r.replacing(with: q, where: p .!= 0)
    }
}
enum QuotientGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { -p * (q / r) / r }
}
enum ShareOfLarger: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * share(r .> q, r .== q) }
}
enum ShareOfSmaller: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * share(r .< q, r .== q) }
}
enum WhereEqual: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: p, where: q .== r)
    }
}
enum WhereUnequal: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        Lanes.zero.replacing(with: p, where: q .!= r)
    }
}
enum PowerGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        (p * q * power(r, q - 1)).replacing(with: 0, where: q .== 0)
    }
}
enum AbsoluteGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        p * Lanes.zero.replacing(with: 1, where: q .> 0).replacing(with: -1, where: q .< 0)
    }
}
enum SquareGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { 2 * p * q }
}
enum SquareRootGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { 0.5 * p / q }
}
enum ReciprocalSquareRootGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { -0.5 * p * q * q * q }
}
enum SineGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * q.map { cosf($0) } }
}
enum CosineGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { -p * q.map { sinf($0) } }
}
enum ArctangentGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p / (1 + q * q) }
}
enum ArcsineGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p / (1 - q * q).squareRoot() }
}
enum ErrorFunctionGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes {
        p * (2 / Float.pi.squareRoot()) * (-q * q).map { expf($0) }
    }
}
enum LogarithmOfOnePlusGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p / (1 + q) }
}
enum ExponentialMinusOneGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * (q + 1) }
}
enum AngleGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { p * q / (q * q + r * r) }
}
enum OppositeAngleGradient: LanesFunction {
    @inline(__always) static func of(_ p: Lanes, _ q: Lanes, _ r: Lanes) -> Lanes { -p * q / (q * q + r * r) }
}

@inline(__always)
private func power(_ x: Lanes, _ exponent: Lanes) -> Lanes {
    var result = x
    for lane in 0..<Lanes.width { result[lane] = powf(x[lane], exponent[lane]) }
    return result
}
