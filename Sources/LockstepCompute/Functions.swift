#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `base` to the power of `exponent`.
package func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// The logarithm to a base.
package func logarithm(_ x: Double, base: Double) -> Double { log(x) / log(base) }

/// `½(1 + cos πx)`: 1 at 0, 0 at 1.
package func halfCosine(_ x: Double) -> Double { 0.5 * (1 + cos(.pi * x)) }
