#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Seconds of a clock that only goes forward.
package func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// GFLOP/s of multiply-adds from registers alone, on one core: the best of many runs.
package func multiplyAddPeak(_ crew: Crew) -> Double {
    (0..<20).map { _ in
        let start = monotonicSeconds()
        let operations = crew.kernels.multiply_add_peak(200_000)
        return operations / (monotonicSeconds() - start) * 1e-9
    }.max() ?? 0
}
