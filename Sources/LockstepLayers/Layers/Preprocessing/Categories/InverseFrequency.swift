#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The weight of a token that occurs in some of n samples: `ln(1 + n / (1 + samples))`.
func inverseFrequency(samples: Int, of n: Int) -> Double { log(1 + Double(n) / Double(1 + samples)) }
